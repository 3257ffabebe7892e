// Who is signed in, for every page. Three proofs: an account's cookie, the operator's token of this
// tab, or a cache's single sign-on link. When the session of somebody who works here ends, a dialog
// asks for the proof again over the page, so that nothing typed is lost; when somebody else signs
// in there, everything known is forgotten first.
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { onSessionEnd, request, ServiceError, setCsrfToken, setOperatorToken } from "./api/client";
import type { Me } from "./api/types";

interface SessionContext {
  me: Me | null;
  hasSignedOut: boolean; // by themselves: who signs in next begins at the beginning
  refresh: () => Promise<Me | null>;
  signOut: () => Promise<void>;
}

const Context = createContext<SessionContext | null>(null);

export const ME_KEY = ["me"];

async function fetchMe(): Promise<Me | null> {
  // Not /me: its 401 would be a failure in the browser's console for everybody who is to sign in.
  const { me } = await request<{ me: Me | null }>("/caller", { mayAsk: false });
  if (me === null) setOperatorToken(null); // one that is not valid any more
  else setCsrfToken(me.csrf_token);
  return me;
}

export function useMe() {
  return useQuery({ queryKey: ME_KEY, queryFn: fetchMe, staleTime: Number.POSITIVE_INFINITY });
}

function isSamePerson(one: Me, other: Me) {
  return one.kind === other.kind && one.id === other.id && one.cache === other.cache;
}

// All but who one is: that answer is watched by the page itself and is set anew right after.
function forget(client: QueryClient) {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME_KEY[0] });
  client.getMutationCache().clear();
}

// The same once the pages are gone; what the page for strangers asks for stays.
function forgetUnshown(client: QueryClient) {
  client.removeQueries({ type: "inactive", predicate: ({ queryKey }) => queryKey[0] !== ME_KEY[0] });
  client.getMutationCache().clear();
}

export function SessionProvider(props: {
  me: Me | null;
  children: ReactNode;
  askAgain: (me: Me | null, done: () => void) => ReactNode;
}) {
  const { me } = props;
  const client = useQueryClient();
  const [resume, setResume] = useState<(() => void) | null>(null);
  const [hasSignedOut, setHasSignedOut] = useState(false);

  const refresh = useCallback(async () => {
    const now = await fetchMe();
    const before = client.getQueryData<Me | null>(ME_KEY) ?? null;
    if (before === null || now === null || !isSamePerson(before, now)) forget(client);
    client.setQueryData(ME_KEY, now);
    if (now !== null) setHasSignedOut(false);
    return now;
  }, [client]);

  const signOut = useCallback(async () => {
    onSessionEnd(null);
    try {
      await request("/sign_out", { method: "POST", mayAsk: false });
    } catch (error) {
      // A token or a link has no session to end; an expired one has ended.
      if (error instanceof ServiceError && error.isUnreachable) throw error;
    }
    setOperatorToken(null);
    setCsrfToken(null);
    setHasSignedOut(true);
    client.setQueryData(ME_KEY, null);
  }, [client]);

  useEffect(() => {
    if (me === null) {
      onSessionEnd(null);
      forgetUnshown(client); // not before: a page that is still there would ask for it all again
      return;
    }
    onSessionEnd(() => new Promise((resolve) => setResume(() => resolve)));
    return () => onSessionEnd(null);
  }, [me, client]);

  const done = () => {
    const before = me;
    void refresh().then((now) => {
      const isOther = before !== null && (now === null || !isSamePerson(before, now));
      // What the one before asked for is not asked for in the name of another: the page begins anew.
      if (isOther) return location.assign("/caches");
      setResume(null);
      resume?.();
    });
  };

  return (
    <Context.Provider value={{ me, hasSignedOut, refresh, signOut }}>
      {props.children}
      {resume !== null && props.askAgain(me, done)}
    </Context.Provider>
  );
}

export function useSession(): SessionContext {
  const session = useContext(Context);
  if (session === null) throw new Error("useSession outside of a SessionProvider");
  return session;
}

// Of pages that are only shown to somebody.
export function usePerson(): Me {
  const { me } = useSession();
  if (me === null) throw new Error("usePerson where nobody is signed in");
  return me;
}

export interface Rights {
  change: boolean; // credentials, flush, alerts, its name
  manage: boolean; // plan, delete
  move: boolean; // to another team
}

// What may be offered; the service decides again.
export function rightsOf(me: Me, cache: { team: number | null }): Rights {
  if (me.read_only) return { change: false, manage: false, move: false };
  if (me.kind === "operator") return { change: true, manage: true, move: true };
  if (me.kind === "link") return { change: true, manage: false, move: false };
  const role = me.teams.find((team) => team.id === cache.team)?.role;
  const may = role === "owner" || role === "member";
  return { change: may, manage: may, move: role === "owner" };
}
