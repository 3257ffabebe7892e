// What this month has cost so far, and the bills of the months before.
import { Anchor, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useGet } from "../../api/queries";
import type { Invoice } from "../../api/types";
import { Loaded } from "../../ui/states";

export function Invoices() {
  const preview = useGet<{ invoices: Invoice[] }>("/invoices/preview");
  const closed = useGet<{ invoices: Invoice[] }>("/invoices");
  return (
    <Stack gap="lg">
      <Card>
        <Title order={2} mb="sm">
          This month so far
        </Title>
        <Loaded query={preview} height={140}>
          {(data) =>
            data.invoices.length === 0 ? (
              <Text size="sm" c="dimmed">
                Nothing is to be paid yet.
              </Text>
            ) : (
              data.invoices.map((one) => <Running key={one.team} invoice={one} />)
            )
          }
        </Loaded>
      </Card>
      <Card>
        <Title order={2} mb="sm">
          Invoices
        </Title>
        <Loaded query={closed} height={140}>
          {(data) =>
            data.invoices.length === 0 ? (
              <Text size="sm" c="dimmed">
                There is none yet: the first comes when this month has ended.
              </Text>
            ) : (
              <ClosedTable invoices={data.invoices} />
            )
          }
        </Loaded>
      </Card>
    </Stack>
  );
}

function Running({ invoice }: { invoice: Invoice }) {
  return (
    <div>
      <Group justify="space-between">
        <Text fw={600}>{invoice.team}</Text>
        <Text fw={600}>{invoice.total}</Text>
      </Group>
      <Table.ScrollContainer minWidth={420}>
        <Table aria-label={`Charges of ${invoice.team}`}>
          <Table.Tbody>
            {invoice.lines?.map((line) => (
              <Table.Tr key={`${line.cache_id} ${line.plan}`}>
                <Table.Td>{line.cache}</Table.Td>
                <Table.Td>{line.plan}</Table.Td>
                <Table.Td ta="right">
                  {line.hours} of {line.month_hours} h
                </Table.Td>
                <Table.Td ta="right">{line.amount}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}

function ClosedTable({ invoices }: { invoices: Invoice[] }) {
  return (
    <Table aria-label="Invoices">
      <Table.Tbody>
        {invoices.map((one) => (
          <Table.Tr key={one.id}>
            <Table.Td>{one.month}</Table.Td>
            <Table.Td>{one.team}</Table.Td>
            <Table.Td ta="right">{one.total}</Table.Td>
            <Table.Td ta="right">
              <Group gap="md" justify="flex-end">
                <Anchor href={`/api/admin/v1/invoices/${one.id}/page`} target="_blank">
                  Print {one.month}
                </Anchor>
                <Anchor href={`/api/admin/v1/invoices/${one.id}/csv`} download>
                  CSV
                </Anchor>
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
