// Where the links of mails, and the operator's first one, lead. Each carries its secret behind the #,
// which no server ever sees; the page posts it.
import { Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useNavigate } from "react-router-dom";
import { request, type ServiceError } from "../api/client";
import type { Team } from "../api/types";
import { useSession } from "../session";
import { EmailField, Form, NameField, NewPasswordField, PresentPasswordField } from "../ui/fields";
import { PageButton, PageLink } from "../ui/links";
import { FormError } from "../ui/states";
import { SignCard } from "./sign_card";
import { post } from "./sign_in_form";

function useSecret() {
  return useLocation().hash.slice(1);
}

export function ConfirmPage() {
  const secret = useSecret();
  const [password, setPassword] = useState("");
  const confirm = useMutation({
    mutationFn: () => request("/sign_up/confirm", post(password === "" ? { secret } : { secret, password })),
  });
  // Somebody else signed up with the address too: the password tells which sign-up is one's own.
  const asksPassword = password !== "" || (confirm.error as ServiceError | null)?.code === "conflict";
  return (
    <SignCard title="Confirm your address">
      {confirm.isSuccess ? (
        <>
          <Text role="status">Your address is confirmed.</Text>
          <PageButton to="/sign-in">Sign in</PageButton>
        </>
      ) : (
        <Form isWide run={() => confirm.mutate()} state={confirm} label="Confirm">
          {asksPassword && (
            <PresentPasswordField
              label="The password that you signed up with"
              value={password}
              onChange={setPassword}
            />
          )}
        </Form>
      )}
    </SignCard>
  );
}

export function AlertAddressPage() {
  const secret = useSecret();
  const confirm = useMutation({
    mutationFn: () => request("/alert_addresses/confirm", post({ secret })),
  });
  return (
    <SignCard title="Alerts by mail">
      {confirm.isSuccess ? (
        <Text role="status">Your address will be mailed the alerts of this cache.</Text>
      ) : (
        <>
          <Text c="dimmed">Somebody asked that alerts of a cache be mailed to you.</Text>
          <FormError error={confirm.error} />
          <Button onClick={() => confirm.mutate()} loading={confirm.isPending}>
            Agree
          </Button>
        </>
      )}
    </SignCard>
  );
}

export function OperatorLinkPage() {
  const secret = useSecret();
  const { refresh } = useSession();
  const navigate = useNavigate();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const become = useMutation({
    mutationFn: async () => {
      await request("/sign_up/operator", post({ secret, email, password, name }));
      await request("/sign_in", post({ email, password }));
      await refresh();
    },
    onSuccess: () => navigate("/caches"),
  });
  return (
    <SignCard title="Become the operator">
      <Text c="dimmed">
        Whoever opens this link first runs this service: sees all caches, plans and accounts. The link
        works once. With the address of an account that exists, give that account's password.
      </Text>
      <Form isWide run={() => become.mutate()} state={become} label="Become the operator">
        <EmailField value={email} onChange={setEmail} />
        <NameField value={name} onChange={setName} />
        <NewPasswordField label="Password" value={password} onChange={setPassword} />
      </Form>
    </SignCard>
  );
}

export function InvitationPage() {
  const secret = useSecret();
  const { me, refresh } = useSession();
  const navigate = useNavigate();
  const accept = useMutation({
    mutationFn: async () => {
      const team = await request<Team>("/invitations/accept", { method: "POST", body: { secret } });
      await refresh();
      return team;
    },
    onSuccess: () => navigate("/caches"),
  });
  return (
    <SignCard title="Join a team">
      {me === null ? (
        <>
          <Text>Sign in, or sign up, with the address that was invited.</Text>
          <PageButton to={`/sign-in?next=/invitation#${secret}`}>Sign in and join</PageButton>
          <PageLink to={`/sign-up#invitation=${secret}`}>Sign up and join</PageLink>
        </>
      ) : (
        <>
          <Text>You join as {me.name}.</Text>
          <FormError error={accept.error} />
          <Button onClick={() => accept.mutate()} loading={accept.isPending}>
            Join the team
          </Button>
        </>
      )}
    </SignCard>
  );
}
