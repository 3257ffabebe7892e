// The pages that one sees before anybody is signed in: sign in, sign up, a new password.
import { Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Navigate, useLocation, useNavigate, useSearchParams } from "react-router-dom";
import { request } from "../api/client";
import { useSignUpRule } from "../api/queries";
import { useSession } from "../session";
import { EmailField, Form, NameField, NewPasswordField } from "../ui/fields";
import { PageLink } from "../ui/links";
import { SignCard } from "./sign_card";
import { post, SignInForm } from "./sign_in_form";

// Only a path of ours: a link that brings people here must not lead them on to somebody else.
export function nextPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : "/caches";
}

export function SignInPage() {
  const { me, refresh } = useSession();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const rule = useSignUpRule();
  const { hash } = useLocation(); // an invitation's secret
  const next = nextPath(search.get("next")) + hash;
  if (me !== null) return <Navigate to={next} replace />;
  return (
    <SignCard title="Sign in">
      <SignInForm onSignedIn={() => void refresh().then(() => navigate(next, { replace: true }))} />
      {rule.data?.open && (
        <Text size="sm">
          No account yet? <PageLink to="/sign-up">Sign up</PageLink>
        </Text>
      )}
    </SignCard>
  );
}

export function SignUpPage() {
  const rule = useSignUpRule();
  const { hash } = useLocation();
  const invitation = hash.startsWith("#invitation=") ? hash.slice("#invitation=".length) : null;
  if (rule.data && !rule.data.open && invitation === null) {
    return (
      <SignCard title="Sign up">
        <Text>Sign-up is closed here. Ask the operator, or a team's owner, for an invitation.</Text>
        <PageLink to="/sign-in">Sign in</PageLink>
      </SignCard>
    );
  }
  return (
    <SignCard title="Sign up">
      <SignUpForm invitation={invitation} confirmsByMail={rule.data?.confirms_by_mail ?? true} />
      <Text size="sm">
        You have an account? <PageLink to="/sign-in">Sign in</PageLink>
      </Text>
    </SignCard>
  );
}

function SignUpForm(props: { invitation: string | null; confirmsByMail: boolean }) {
  const { refresh } = useSession();
  const navigate = useNavigate();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signUp = useMutation({
    mutationFn: async () => {
      const invitation = props.invitation === null ? {} : { invitation: props.invitation };
      await request("/sign_up", post({ email, password, name, ...invitation }));
      if (props.confirmsByMail && props.invitation === null) return false;
      await request("/sign_in", post({ email, password }));
      await refresh();
      return true;
    },
    onSuccess: (isSignedIn) => isSignedIn && navigate("/caches"),
  });
  if (signUp.data === false) {
    return (
      <Text role="status">
        A mail is on its way to <b>{email}</b>. Open its link within two days to confirm the address.
      </Text>
    );
  }
  return (
    <Form isWide run={() => signUp.mutate()} state={signUp} label="Sign up">
      <EmailField value={email} onChange={setEmail} />
      <NameField value={name} onChange={setName} />
      <NewPasswordField label="Password" value={password} onChange={setPassword} />
    </Form>
  );
}

// Without a secret it asks for a mail; the mail's link brings one.
export function ResetPage() {
  const { hash } = useLocation();
  return (
    <SignCard title="New password">
      {hash.length > 1 ? <ChoosePassword secret={hash.slice(1)} /> : <AskForReset />}
      <PageLink to="/sign-in">Back to signing in</PageLink>
    </SignCard>
  );
}

function AskForReset() {
  const rule = useSignUpRule();
  const [email, setEmail] = useState("");
  const ask = useMutation({ mutationFn: () => request("/password/reset", post({ email })) });
  if (rule.isPending) return null;
  if (rule.data?.confirms_by_mail === false) {
    return <Text>This service sends no mail. Its operator can make you a link for a new password.</Text>;
  }
  if (ask.isSuccess) {
    return <Text role="status">If {email} has an account here, a mail with a link is on its way.</Text>;
  }
  return (
    <Form isWide run={() => ask.mutate()} state={ask} label="Send me a link">
      <EmailField value={email} onChange={setEmail} />
    </Form>
  );
}

function ChoosePassword({ secret }: { secret: string }) {
  const [password, setPassword] = useState("");
  const set = useMutation({
    mutationFn: () => request("/password/reset/confirm", post({ secret, password })),
  });
  if (set.isSuccess) return <Text role="status">The new password holds, and your sessions and API tokens have ended. Sign in with it.</Text>;
  return (
    <Form isWide run={() => set.mutate()} state={set} label="Set the password">
      <NewPasswordField
        label="New password"
        effect="Every session and every API token ends."
        value={password}
        onChange={setPassword}
      />
    </Form>
  );
}
