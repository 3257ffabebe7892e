// Signing in: with an account (and its second factor), or with the operator's token. Used as a page and,
// when a session ends in the middle of work, in a dialog over it.
import { Button, PasswordInput, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { request, ServiceError, setOperatorToken } from "../api/client";
import type { Me, SignedIn } from "../api/types";
import { EmailField, Form, PresentPasswordField } from "../ui/fields";
import { PageLink } from "../ui/links";

type Way = "account" | "token";

interface Props {
  onSignedIn: () => void;
  note?: string;
  email?: string; // of who was signed in
  isOverPage?: boolean; // what is typed there must not be left
}

export function SignInForm(props: Props) {
  const [way, setWay] = useState<Way>("account");
  return (
    <Stack>
      {props.note !== undefined && <Text c="dimmed">{props.note}</Text>}
      <SegmentedControl
        aria-label="How to sign in"
        fullWidth
        value={way}
        onChange={(value) => setWay(value as Way)}
        data={[
          { value: "account", label: "Account" },
          { value: "token", label: "Operator token" },
        ]}
      />
      {way === "account" ? <AccountForm {...props} /> : <TokenForm {...props} />}
    </Stack>
  );
}

function AccountForm({ onSignedIn, email: known = "", isOverPage = false }: Props) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState<string | null>(null);
  const signIn = useMutation({
    mutationFn: () => request<SignedIn>("/sign_in", post({ email, password })),
    onSuccess: (answer) => {
      if (answer.second_factor_required) setChallenge(answer.challenge ?? "");
      else onSignedIn();
    },
  });
  if (challenge !== null) {
    return <SecondFactorForm challenge={challenge} onSignedIn={onSignedIn} back={() => setChallenge(null)} />;
  }
  return (
    <Form
      isWide
      run={() => signIn.mutate()}
      state={signIn}
      label="Sign in"
      after={
        <Text size="sm">
          <PageLink to="/reset" {...(isOverPage ? { target: "_blank" } : {})}>
            Forgot your password?
          </PageLink>
        </Text>
      }
    >
      <EmailField isFirst={known === ""} value={email} onChange={setEmail} />
      <PresentPasswordField isFirst={known !== ""} label="Password" value={password} onChange={setPassword} />
    </Form>
  );
}

function SecondFactorForm(props: { challenge: string; onSignedIn: () => void; back: () => void }) {
  const [code, setCode] = useState("");
  const check = useMutation({
    mutationFn: () =>
      request("/sign_in/second_factor", post({ challenge: props.challenge, code: code.trim() })),
    onSuccess: props.onSignedIn,
  });
  return (
    <Form
      isWide
      run={() => check.mutate()}
      state={check}
      label="Sign in"
      after={
        <Button variant="subtle" onClick={props.back}>
          Back
        </Button>
      }
    >
      <TextInput
        label="Code of your authenticator"
        description="Six digits, or one of your recovery codes."
        autoComplete="one-time-code"
        autoFocus
        required
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
    </Form>
  );
}

function TokenForm({ onSignedIn }: Props) {
  const [token, setToken] = useState("");
  const check = useMutation({
    mutationFn: async () => {
      setOperatorToken(token.trim());
      try {
        return await request<Me>("/me", { mayAsk: false });
      } catch (error) {
        setOperatorToken(null);
        const isWrong = error instanceof ServiceError && error.status === 401;
        throw isWrong ? new Error("This is not the operator's token of this service.") : error;
      }
    },
    onSuccess: onSignedIn,
  });
  return (
    <Form isWide run={() => check.mutate()} state={check} label="Sign in">
      <PasswordInput
        label="Operator token"
        description="It is in the file operator.token of the service's data directory. This tab keeps it until it is closed."
        autoComplete="off"
        required
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
    </Form>
  );
}

export function post(body: unknown) {
  return { method: "POST" as const, body, mayAsk: false };
}
