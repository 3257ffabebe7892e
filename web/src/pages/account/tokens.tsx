// Personal tokens, for scripts: what they may, until when, shown once.
import { Alert, Button, Checkbox, Group, NumberInput, Stack, Table, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { Token } from "../../api/types";
import { AskingButton } from "../../ui/asking_button";
import { CopyIcon } from "../../ui/copy";
import { ACTIONS, Rows, TitledCard } from "../../ui/rows";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

const KEYS = [["get", "/account/tokens"]];

export function Tokens() {
  const tokens = useGet<{ tokens: Token[] }>("/account/tokens");
  return (
    <Stack gap="lg">
      <NewToken />
      <TitledCard title="Tokens">
        <Loaded query={tokens} height={140}>
          {(data) => (
            <Rows
              label="Tokens"
              rows={data.tokens}
              empty="You have none. A script sends one as “Authorization: Bearer …”."
              minWidth={560}
              columns={["Name", "May", "Last used", "Expires", ACTIONS]}
            >
              {(one) => (
                <Table.Tr key={one.id}>
                  <Table.Td>
                    {one.name}
                    <Text size="xs" c="dimmed" className="mono">
                      {one.prefix}…
                    </Text>
                  </Table.Td>
                  <Table.Td>{one.scopes.join(", ")}</Table.Td>
                  <Table.Td>
                    <Time at={one.last_used_at} never="never" />
                  </Table.Td>
                  <Table.Td>
                    <Time at={one.expires_at} />
                  </Table.Td>
                  <Table.Td ta="right">
                    <AskingButton
                      label={`Delete token ${one.name}`}
                      title={`Delete the token ${one.name}?`}
                      text="What sends it is refused from then on."
                      act="Delete it"
                      change={{ path: `/account/tokens/${one.id}`, method: "DELETE" }}
                      renewed={KEYS}
                    >
                      Delete
                    </AskingButton>
                  </Table.Td>
                </Table.Tr>
              )}
            </Rows>
          )}
        </Loaded>
      </TitledCard>
    </Stack>
  );
}

function NewToken() {
  const [name, setName] = useState("");
  const [days, setDays] = useState<number | string>(90);
  const [write, setWrite] = useState(false);
  const [credentials, setCredentials] = useState(false);
  const create = useChange<Token>(KEYS);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const scopes = ["read", ...(write ? ["write"] : []), ...(credentials ? ["credentials"] : [])];
    const body = { name, scopes, expires_in_days: Number(days) };
    create.mutate(
      { path: "/account/tokens", method: "POST", body },
      { onSuccess: () => setName("") },
    );
  };
  return (
    <TitledCard title="New token">
      {create.data?.token !== undefined && (
        <Alert color="green" title="Copy it now: it is shown only once" mb="md">
          <Group gap={4} wrap="nowrap">
            <span className="mono">{create.data.token}</span>
            <CopyIcon value={create.data.token} label="Copy the token" />
          </Group>
        </Alert>
      )}
      <form onSubmit={submit}>
        <Stack>
          <Group align="flex-end">
            <TextInput
              label="Name"
              placeholder="deploy script"
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <NumberInput
              label="Expires in"
              suffix=" days"
              min={1}
              max={366}
              w={140}
              value={days}
              onChange={setDays}
            />
          </Group>
          <Group>
            <Checkbox label="read" checked disabled />
            <Checkbox
              label="write: change caches"
              checked={write}
              onChange={(event) => setWrite(event.currentTarget.checked)}
            />
            <Checkbox
              label="credentials: see passwords"
              checked={credentials}
              onChange={(event) => setCredentials(event.currentTarget.checked)}
            />
          </Group>
          <FormError error={create.error} />
          <Button type="submit" w="fit-content" loading={create.isPending}>
            Create the token
          </Button>
        </Stack>
      </form>
    </TitledCard>
  );
}
