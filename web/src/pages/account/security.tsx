// The second factor with its recovery codes, and where one is signed in.
import { Alert, Button, Card, Code, Group, PasswordInput, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { AccountSession } from "../../api/types";
import { CopyButton, CopyIcon } from "../../ui/copy";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

interface SecondFactor {
  enabled: boolean;
  recovery_codes_left: number;
}

const FACTOR = "/account/second_factor";
const KEYS = [["get", FACTOR], ["get", "/account"]];

export function Security() {
  const factor = useGet<SecondFactor>(FACTOR);
  const [codes, setCodes] = useState<string[] | null>(null);
  return (
    <Stack gap="lg" maw={760}>
      <Card>
        <Title order={2} mb="sm">
          Second factor
        </Title>
        {codes !== null && <RecoveryCodes codes={codes} />}
        <Loaded query={factor} height={120}>
          {(data) =>
            data.enabled ? <Enabled factor={data} told={setCodes} /> : <Enable told={setCodes} />
          }
        </Loaded>
      </Card>
      <Sessions />
    </Stack>
  );
}

function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <Alert color="yellow" title="Keep these recovery codes" mb="md">
      <Text size="sm">Each signs you in once, without the authenticator. They are shown only now.</Text>
      <Code block my="sm">
        {codes.join("\n")}
      </Code>
      <CopyButton value={codes.join("\n")}>Copy all</CopyButton>
    </Alert>
  );
}

function Enable({ told }: { told: (codes: string[]) => void }) {
  const begin = useChange<{ key: string; uri: string }>([]);
  const confirm = useChange<{ recovery_codes: string[] }>(KEYS);
  const [code, setCode] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(
      { path: `${FACTOR}/confirm`, method: "POST", body: { code: code.trim() } },
      { onSuccess: ({ recovery_codes }) => told(recovery_codes) },
    );
  };
  if (begin.data === undefined) {
    return (
      <Stack>
        <Text size="sm">
          With an authenticator application, a stolen password alone does not sign in.
        </Text>
        <FormError error={begin.error} />
        <Button
          w="fit-content"
          loading={begin.isPending}
          onClick={() => begin.mutate({ path: FACTOR, method: "POST", body: {} })}
        >
          Set up a second factor
        </Button>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          Add this key to your authenticator, or <a href={begin.data.uri}>open it there</a>; then give the
          code that it shows.
        </Text>
        <Group gap={4}>
          <Code>{begin.data.key}</Code>
          <CopyIcon value={begin.data.key} label="Copy the key" />
        </Group>
        <TextInput
          label="Code"
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          maw={200}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <FormError error={confirm.error} />
        <Button type="submit" w="fit-content" loading={confirm.isPending}>
          Put it in force
        </Button>
      </Stack>
    </form>
  );
}

function Enabled({ factor, told }: { factor: SecondFactor; told: (codes: string[]) => void }) {
  const [password, setPassword] = useState("");
  const change = useChange<{ recovery_codes: string[] } | undefined>(KEYS);
  const act = (path: string) =>
    change.mutate(
      { path: `${FACTOR}/${path}`, method: "POST", body: { password } },
      {
        onSuccess: (answer) => {
          setPassword("");
          if (answer) told(answer.recovery_codes);
        },
      },
    );
  return (
    <Stack>
      <Text size="sm">
        It is in force. {factor.recovery_codes_left} recovery codes are left.
      </Text>
      <Group align="flex-end">
        <PasswordInput
          label="Your password, to change it"
          autoComplete="current-password"
          w={260}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button variant="default" disabled={password === ""} onClick={() => act("recovery_codes")}>
          New recovery codes
        </Button>
        <Button variant="default" c="var(--bad)" disabled={password === ""} onClick={() => act("remove")}>
          Remove
        </Button>
      </Group>
      <FormError error={change.error} />
    </Stack>
  );
}

function Sessions() {
  const sessions = useGet<{ sessions: AccountSession[] }>("/account/sessions");
  const change = useChange([["get", "/account/sessions"]]);
  return (
    <Card>
      <Group justify="space-between" mb="sm">
        <Title order={2}>Where you are signed in</Title>
        <Button
          variant="default"
          size="xs"
          onClick={() => change.mutate({ path: "/account/sessions", method: "DELETE" })}
        >
          End all others
        </Button>
      </Group>
      <FormError error={change.error} />
      <Loaded query={sessions} height={120}>
        {(data) => (
          <Table.ScrollContainer minWidth={520}>
            <Table aria-label="Sessions">
              <Table.Tbody>
                {data.sessions.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Td>
                      {one.address}
                      <Text size="xs" c="dimmed" lineClamp={1}>
                        {one.user_agent}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      used <Time at={one.last_used_at} />
                    </Table.Td>
                    <Table.Td ta="right">
                      {one.current ? (
                        "this one"
                      ) : (
                        <Button
                          variant="subtle"
                          color="red"
                          size="compact-sm"
                          onClick={() =>
                            change.mutate({ path: `/account/sessions/${one.id}`, method: "DELETE" })
                          }
                        >
                          End
                        </Button>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Loaded>
    </Card>
  );
}
