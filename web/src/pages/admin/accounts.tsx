// All accounts: found by address or name; made operators, suspended, or acted for in support.
import { Badge, Button, Card, Group, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { query } from "../../api/client";
import { useChange, useGet } from "../../api/queries";
import type { Account } from "../../api/types";
import { CopyIcon } from "../../ui/copy";
import { Icon } from "../../ui/icons";
import { ACTIONS, Rows, TitledCard } from "../../ui/rows";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import { AccountActions } from "./account_actions";

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

function isPlain({ operator, suspended, confirmed, second_factor }: Account): boolean {
  return confirmed && !operator && !suspended && !second_factor;
}

function AccountRow({ account, path }: { account: Account; path: string }) {
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
          {isPlain(account) && <Text size="sm">active</Text>}
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
      <Table.Td ta="right">
        <AccountActions account={account} renewed={[["get", path], ["audit"]]} />
      </Table.Td>
    </Table.Tr>
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
