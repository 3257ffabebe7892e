// What this month has cost so far, and the bills of the months before.
import { Anchor, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { query } from "../../api/client";
import { useGet } from "../../api/queries";
import type { Invoice } from "../../api/types";
import { monthName, planName } from "../../format";
import { usePerson } from "../../session";
import { ACTIONS, right, Rows, TitledCard } from "../../ui/rows";
import { Loaded } from "../../ui/states";

export function Invoices() {
  const me = usePerson();
  const preview = useGet<{ invoices: Invoice[] }>("/invoices/preview");
  const closed = useGet<{ invoices: Invoice[] }>("/invoices");
  return (
    <Stack gap="lg">
      <TitledCard title="This month so far">
        <Loaded query={preview} height={140}>
          {(data) =>
            data.invoices.length === 0 ? (
              <Text size="sm" c="dimmed">
                Nothing is to be paid yet.
              </Text>
            ) : (
              <Stack gap="md">
                {data.invoices.map((one) => (
                  <Running key={one.team_id} invoice={one} />
                ))}
              </Stack>
            )
          }
        </Loaded>
      </TitledCard>
      <TitledCard title="Invoices">
        <Loaded query={closed} height={140}>
          {(data) => (
            <>
              <ClosedTable invoices={data.invoices} />
              {me.kind === "operator" && <Exports invoices={data.invoices} />}
            </>
          )}
        </Loaded>
      </TitledCard>
    </Stack>
  );
}

// An operator also sees what no team pays for.
function payerOf({ team }: Invoice): string {
  return team === "" ? "Caches of no team" : team;
}

function Running({ invoice }: { invoice: Invoice }) {
  return (
    <div>
      <Group justify="space-between">
        <Text fw={600}>{payerOf(invoice)}</Text>
        <Text fw={600}>
          {invoice.total} {invoice.currency}
        </Text>
      </Group>
      <Rows
        label={`Charges of ${payerOf(invoice)}`}
        rows={invoice.lines ?? []}
        empty="No cache cost anything."
        minWidth={420}
        columns={["Cache", "Plan", right("Hours"), right("Amount")]}
        isFixed
      >
        {(line) => (
          <Table.Tr key={`${line.cache_id} ${line.plan}`}>
            <Table.Td>{line.cache}</Table.Td>
            <Table.Td>{planName(line.plan)}</Table.Td>
            <Table.Td ta="right">
              {line.hours} of {line.month_hours}
            </Table.Td>
            <Table.Td ta="right">
              {line.amount} {invoice.currency}
            </Table.Td>
          </Table.Tr>
        )}
      </Rows>
    </div>
  );
}

// For a payment processor: a month's invoices of all teams.
function Exports({ invoices }: { invoices: Invoice[] }) {
  const months = [...new Set(invoices.map(({ month }) => month))].slice(0, 12);
  if (months.length === 0) return null;
  return (
    <Group gap="md" mt="sm">
      <Text size="sm" c="dimmed">
        All teams as CSV:
      </Text>
      {months.map((month) => (
        <Anchor
          key={month}
          size="sm"
          href={`/api/admin/v1/invoices/export${query({ month, format: "csv" })}`}
          download
        >
          {monthName(month)}
        </Anchor>
      ))}
    </Group>
  );
}

function ClosedTable({ invoices }: { invoices: Invoice[] }) {
  return (
    <Rows
      label="Invoices"
      rows={invoices}
      empty="There is none yet: the first comes when this month has ended."
      minWidth={420}
      columns={["Month", "Team", right("Total"), ACTIONS]}
    >
      {(one) => (
        <Table.Tr key={one.id}>
          <Table.Td>{monthName(one.month)}</Table.Td>
          <Table.Td>{payerOf(one)}</Table.Td>
          <Table.Td ta="right">
            {one.total} {one.currency}
          </Table.Td>
          <Table.Td ta="right">
            <Group gap="md" justify="flex-end">
              <Anchor href={`/api/admin/v1/invoices/${one.id}/page`} target="_blank">
                Print <VisuallyHidden>{monthName(one.month)}</VisuallyHidden>
              </Anchor>
              <Anchor href={`/api/admin/v1/invoices/${one.id}/csv`} download>
                CSV <VisuallyHidden>of {monthName(one.month)}</VisuallyHidden>
              </Anchor>
            </Group>
          </Table.Td>
        </Table.Tr>
      )}
    </Rows>
  );
}
