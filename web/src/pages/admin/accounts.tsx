// All accounts: found by address or name; made operators, suspended, or acted for in support.
import { Badge, Button, Card, Checkbox, Group, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { query } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import type { Account } from "../../api/types";
import { Confirm } from "../../ui/confirm";
import { CopyIcon } from "../../ui/copy";
import { Icon } from "../../ui/icons";
import { ACTIONS, RowButton, Rows, TitledCard } from "../../ui/rows";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

const LIMIT = 100;

export function Accounts() {
  const [search, setSearch] = useState("");
  const [wanted] = useDebouncedValue(search, 250);
  const path = `/accounts${query({ search: wanted === "" ? null : wanted, limit: LIMIT })}`;
  const accounts = useGet<{ accounts: Account[]; has_more: boolean }>(path);
  return (
    <Stack gap="lg">
      <TitledCard
        title="Accounts"
        action={
          <TextInput
            aria-label="Search accounts"
            placeholder="Address or name"
            leftSection={<Icon name="search" size={16} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        }
      >
        <Loaded query={accounts} height={240}>
          {(data) => (
            <>
              <AccountTable accounts={data.accounts} path={path} />
              {data.has_more && (
                <Text size="sm" c="dimmed" mt="sm">
                  The first {LIMIT} are shown: search to find others.
                </Text>
              )}
            </>
          )}
        </Loaded>
      </TitledCard>
      <OperatorLink />
    </Stack>
  );
}

function AccountTable({ accounts, path }: { accounts: Account[]; path: string }) {
  return (
    <Rows
      label="Accounts"
      rows={accounts}
      empty="No account fits."
      minWidth={680}
      columns={["Account", "State", "Signed up", "Last signed in", ACTIONS]}
    >
      {(one) => <AccountRow key={one.id} account={one} path={path} />}
    </Rows>
  );
}

function AccountRow({ account, path }: { account: Account; path: string }) {
  const change = useChange([["get", path], ["audit"]]);
  const [isAsked, setAsked] = useState(false);
  const base = `/accounts/${account.id}`;
  return (
    <Table.Tr>
      <Table.Td>
        {account.email}
        <Text size="xs" c="dimmed">
          {account.name}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          {account.operator && <Badge>operator</Badge>}
          {account.suspended && <Badge color="red">suspended</Badge>}
          {!account.confirmed && <Badge color="yellow">not confirmed</Badge>}
          {account.second_factor && <Badge color="green">second factor</Badge>}
        </Group>
      </Table.Td>
      <Table.Td>
        <Time at={account.created_at} />
      </Table.Td>
      <Table.Td>
        <Time at={account.last_sign_in_at} never="never" />
      </Table.Td>
      <Table.Td>
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <RowButton
            onClick={() =>
              change.mutate({ path: base, method: "PATCH", body: { operator: !account.operator } })
            }
          >
            {account.operator ? "Operator no more" : "Make operator"}
          </RowButton>
          {account.suspended ? (
            <RowButton
              onClick={() => change.mutate({ path: `${base}/unsuspend`, method: "POST", body: {} })}
            >
              Let in again
            </RowButton>
          ) : (
            <RowButton destroys onClick={() => setAsked(true)}>
              Suspend
            </RowButton>
          )}
        </Group>
        <FormError error={change.error} />
        {isAsked && <Suspend account={account} path={path} close={() => setAsked(false)} />}
      </Table.Td>
    </Table.Tr>
  );
}

function Suspend({ account, path, close }: { account: Account; path: string; close: () => void }) {
  const [disables, setDisables] = useState(false);
  const change = useChange([["get", path], ["audit"]]);
  const body = { disable_caches: disables };
  return (
    <Confirm
      title={`Suspend ${account.email}?`}
      label="Suspend"
      isPending={change.isPending}
      error={change.error}
      confirm={() =>
        change.mutate(
          { path: `/accounts/${account.id}/suspend`, method: "POST", body },
          { onSuccess: close },
        )
      }
      close={close}
    >
      <Stack gap="sm">
        <Text size="sm">Its sessions end at once, and it cannot sign in.</Text>
        <Checkbox
          label="Disable the caches of its teams too, unless another owner is left"
          checked={disables}
          onChange={(event) => setDisables(event.currentTarget.checked)}
        />
      </Stack>
    </Confirm>
  );
}

function OperatorLink() {
  const make = useChange<{ link: string; expires_in_seconds: number }>([]);
  return (
    <Card>
      <Title order={2} mb={4}>
        Another operator
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        A link that makes whoever opens it first an operator of this service. An older one ends.
      </Text>
      {make.data !== undefined && (
        <Group gap={4} wrap="nowrap" mb="sm">
          <span className="mono">{make.data.link}</span>
          <CopyIcon value={make.data.link} label="Copy the link" />
        </Group>
      )}
      <FormError error={make.error} />
      <Button
        w="fit-content"
        variant="default"
        loading={make.isPending}
        onClick={() => make.mutate({ path: "/operator_link", method: "POST", body: {} })}
      >
        Make a link
      </Button>
    </Card>
  );
}
