// Who one is here, and the password.
import { Checkbox, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { Account } from "../../api/types";
import { usePerson } from "../../session";
import { Form, NameField, NewPasswordField, PresentPasswordField, WhoseField } from "../../ui/fields";
import { TitledCard } from "../../ui/rows";
import { Loaded } from "../../ui/states";
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
  const save = () =>
    change.mutate(
      { path: "/account", method: "PATCH", body: { name } },
      { onSuccess: () => setDraft(null) },
    );
  return (
    <TitledCard title={account.email}>
      <Form run={save} state={change} label="Save" isUnchanged={name === account.name}>
        <NameField value={name} onChange={setDraft} />
      </Form>
      <Text size="sm" c="dimmed" mt="sm">
        Signed up <Time at={account.created_at} />
        {account.operator && "; an operator of this service"}.
      </Text>
    </TitledCard>
  );
}

function PasswordCard() {
  const me = usePerson();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [endsTokens, setEndsTokens] = useState(false);
  const change = useChange([["get", "/account/sessions"], ["get", "/account/tokens"]]);
  const told = () => {
    setCurrent("");
    setNext("");
    notifications.show({ color: "green", message: "The new password holds." });
  };
  const set = () =>
    change.mutate(
      { path: "/password", method: "POST", body: { current, new: next, end_tokens: endsTokens } },
      { onSuccess: told },
    );
  return (
    <TitledCard title="Password">
      <Form run={set} state={change} label="Change the password">
        <WhoseField email={me.name} />
        <PresentPasswordField label="Present password" value={current} onChange={setCurrent} />
        <NewPasswordField
          label="New password"
          effect="Every other session ends."
          value={next}
          onChange={setNext}
        />
        <Checkbox
          label="End my API tokens too"
          description="Tick it if somebody else may know the old password."
          checked={endsTokens}
          onChange={(event) => setEndsTokens(event.currentTarget.checked)}
        />
      </Form>
    </TitledCard>
  );
}
