// The pages that one sees before anybody is signed in: sign in, sign up, a new password.
import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Navigate, useLocation, useNavigate, useSearchParams } from "react-router-dom";
import { request } from "../api/client";
import { useSession } from "../session";
import { PageLink } from "../ui/links";
import { FormError } from "../ui/states";
import { SignCard } from "./sign_card";
import { post, SignInForm, useSignUpRule } from "./sign_in_form";

// Only a path of ours: a link that brings people here must not lead them on to somebody else.
export function nextPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : "/caches";
}

export function SignInPage() {
  const { me, refresh } = useSession();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const rule = useSignUpRule();
  const next = nextPath(search.get("next"));
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

export const PASSWORD_RULE = "At least 12 characters; a sentence is good.";

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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signUp.mutate();
  };
  if (signUp.data === false) {
    return (
      <Text role="status">
        A mail is on its way to <b>{email}</b>. Open its link within two days to confirm the address.
      </Text>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="E-mail address"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <TextInput
          label="Name"
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          description={PASSWORD_RULE}
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <FormError error={signUp.error} />
        <Button type="submit" loading={signUp.isPending}>
          Sign up
        </Button>
      </Stack>
    </form>
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
  const [email, setEmail] = useState("");
  const ask = useMutation({ mutationFn: () => request("/password/reset", post({ email })) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  if (ask.isSuccess) {
    return <Text role="status">If {email} has an account here, a mail with a link is on its way.</Text>;
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="E-mail address"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <FormError error={ask.error} />
        <Button type="submit" loading={ask.isPending}>
          Send me a link
        </Button>
      </Stack>
    </form>
  );
}

function ChoosePassword({ secret }: { secret: string }) {
  const [password, setPassword] = useState("");
  const set = useMutation({
    mutationFn: () => request("/password/reset/confirm", post({ secret, password })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  if (set.isSuccess) return <Text role="status">The new password holds. Sign in with it.</Text>;
  return (
    <form onSubmit={submit}>
      <Stack>
        <PasswordInput
          label="New password"
          description={`${PASSWORD_RULE} Every session ends.`}
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <FormError error={set.error} />
        <Button type="submit" loading={set.isPending}>
          Set the password
        </Button>
      </Stack>
    </form>
  );
}
