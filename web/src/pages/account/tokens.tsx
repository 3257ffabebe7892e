// Personal tokens, for scripts: what they may, until when, shown once.
import { Alert, Button, Card, Checkbox, Group, NumberInput, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { Token } from "../../api/types";
import { CopyIcon } from "../../ui/copy";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

const KEYS = [["get", "/account/tokens"]];

export function Tokens() {
  const tokens = useGet<{ tokens: Token[] }>("/account/tokens");
  const remove = useChange(KEYS);
  return (
    <Stack gap="lg">
      <NewToken />
      <Card>
        <Title order={2} mb="sm">
          Tokens
        </Title>
        <FormError error={remove.error} />
        <Loaded query={tokens} height={140}>
          {(data) =>
            data.tokens.length === 0 ? (
              <Text size="sm" c="dimmed">
                You have none. A script sends one as “Authorization: Bearer …”.
              </Text>
            ) : (
              <Table.ScrollContainer minWidth={560}>
                <Table aria-label="Tokens">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>May</Table.Th>
                      <Table.Th>Last used</Table.Th>
                      <Table.Th>Expires</Table.Th>
                      <Table.Th aria-label="Actions" />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {data.tokens.map((one) => (
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
                          <Button
                            variant="subtle"
                            color="red"
                            size="compact-sm"
                            aria-label={`Delete token ${one.name}`}
                            onClick={() =>
                              remove.mutate({ path: `/account/tokens/${one.id}`, method: "DELETE" })
                            }
                          >
                            Delete
                          </Button>
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )
          }
        </Loaded>
      </Card>
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
    <Card>
      <Title order={2} mb="sm">
        New token
      </Title>
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
    </Card>
  );
}
