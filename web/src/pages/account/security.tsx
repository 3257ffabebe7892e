// The second factor with its recovery codes, and where one is signed in.
import { Alert, Button, Code, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { AccountSession } from "../../api/types";
import { CopyButton, CopyIcon } from "../../ui/copy";
import { Form, PresentPasswordField } from "../../ui/fields";
import { RowButton, Rows, TitledCard } from "../../ui/rows";
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
      <TitledCard title="Second factor">
        {codes !== null && <RecoveryCodes codes={codes} />}
        <Loaded query={factor} height={120}>
          {(data) =>
            data.enabled ? <Enabled factor={data} told={setCodes} /> : <Enable told={setCodes} />
          }
        </Loaded>
      </TitledCard>
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
  const submit = () =>
    confirm.mutate(
      { path: `${FACTOR}/confirm`, method: "POST", body: { code: code.trim() } },
      { onSuccess: ({ recovery_codes }) => told(recovery_codes) },
    );
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
    <Form run={submit} state={confirm} label="Put it in force">
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
    </Form>
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
        <PresentPasswordField
          label="Your password, to change it"
          width={260}
          value={password}
          onChange={setPassword}
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
  const end = (id: number) => change.mutate({ path: `/account/sessions/${id}`, method: "DELETE" });
  return (
    <TitledCard
      title="Where you are signed in"
      action={
        <Button
          variant="default"
          size="xs"
          onClick={() => change.mutate({ path: "/account/sessions", method: "DELETE" })}
        >
          End all others
        </Button>
      }
    >
      <FormError error={change.error} />
      <Loaded query={sessions} height={120}>
        {(data) => (
          <Rows label="Sessions" rows={data.sessions} empty="Nowhere." minWidth={520}>
            {(one) => (
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
                  {one.current ? "this one" : <RowButton destroys onClick={() => end(one.id)}>End</RowButton>}
                </Table.Td>
              </Table.Tr>
            )}
          </Rows>
        )}
      </Loaded>
    </TitledCard>
  );
}
