import { Button, Card, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { Account } from "../../api/types";
import { PASSWORD_RULE } from "../../sign/pages";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

const KEY = ["get", "/account"];

export function Profile() {
  const account = useGet<Account>("/account");
  return (
    <Stack gap="lg" maw={640}>
      <Loaded query={account} height={220}>
        {(data) => <NameCard account={data} />}
      </Loaded>
      <PasswordCard />
    </Stack>
  );
}

function NameCard({ account }: { account: Account }) {
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChange<Account>([KEY]);
  const name = draft ?? account.name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { path: "/account", method: "PATCH", body: { name } },
      { onSuccess: () => setDraft(null) },
    );
  };
  return (
    <Card>
      <Title order={2} mb="sm">
        {account.email}
      </Title>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            autoComplete="name"
            value={name}
            onChange={(event) => setDraft(event.currentTarget.value)}
          />
          <FormError error={change.error} />
          <Button type="submit" w="fit-content" disabled={name === account.name} loading={change.isPending}>
            Save
          </Button>
        </Stack>
      </form>
      <Text size="sm" c="dimmed" mt="sm">
        Signed up <Time at={account.created_at} />
        {account.operator && "; an operator of this service"}.
      </Text>
    </Card>
  );
}

function PasswordCard() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useChange([["get", "/account/sessions"]]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { path: "/password", method: "POST", body: { current, new: next } },
      {
        onSuccess: () => {
          setCurrent("");
          setNext("");
          notifications.show({ color: "green", message: "The new password holds." });
        },
      },
    );
  };
  return (
    <Card>
      <Title order={2} mb="sm">
        Password
      </Title>
      <form onSubmit={submit}>
        <Stack>
          <PasswordInput
            label="Present password"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label="New password"
            description={`${PASSWORD_RULE} Every other session ends.`}
            autoComplete="new-password"
            required
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          <FormError error={change.error} />
          <Button type="submit" w="fit-content" loading={change.isPending}>
            Change the password
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
