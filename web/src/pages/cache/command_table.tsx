// The numbers that users of the old dashboard know, under the same names: what the cache holds and did in
// all, and hits and misses by command.
import { Card, SimpleGrid, Table, Text, Title } from "@mantine/core";
import { bytes, count, percent } from "../../format";
import { Fact } from "../../ui/fact";
import { TableScroll } from "../../ui/table_scroll";

const COMMANDS = ["get", "delete", "incr", "decr", "cas", "touch"];

export type Stats = Record<string, number>;

// `newEvictions`: of the last minute.
export function TotalsCard({ stats, newEvictions }: { stats: Stats | null; newEvictions: number | null }) {
  const total = (name: string) => count(stats?.[name]);
  return (
    <Card>
      <Title order={2} mb="sm">
        Totals
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="md">
        <Fact name="Limit" value={bytes(stats?.["limit_maxbytes"])} />
        <Fact name="Items" value={total("curr_items")} />
        <Fact name="Live connections" value={total("curr_connections")} />
        <Fact name="Total connections" value={total("total_connections")} />
        <Fact name="Evictions" value={total("evictions")} />
        <Fact name="New evictions" value={count(newEvictions)} note="in the last minute" />
      </SimpleGrid>
    </Card>
  );
}

export function CommandTable({ stats }: { stats: Stats | null }) {
  return (
    <Card>
      <Title order={2} mb="xs">
        Hits and misses since the statistics were reset
      </Title>
      <TableScroll minWidth={280}>
        <Table aria-label="Hits and misses">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Command</Table.Th>
              <Table.Th ta="right">Hits</Table.Th>
              <Table.Th ta="right">Misses</Table.Th>
              <Table.Th ta="right">Hit rate</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {COMMANDS.map((name) => (
              <CommandRow key={name} name={name} hits={stats?.[`${name}_hits`]} misses={stats?.[`${name}_misses`]} />
            ))}
          </Table.Tbody>
        </Table>
      </TableScroll>
      <Text size="sm" c="dimmed" mt="sm">
        Set commands: {count(stats?.["cmd_set"])} · Flush commands: {count(stats?.["cmd_flush"])}
      </Text>
    </Card>
  );
}

function CommandRow(props: { name: string; hits: number | undefined; misses: number | undefined }) {
  const { name, hits, misses } = props;
  const all = (hits ?? 0) + (misses ?? 0);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={550}>
        {name}
      </Table.Th>
      <Table.Td ta="right">{count(hits)}</Table.Td>
      <Table.Td ta="right">{count(misses)}</Table.Td>
      <Table.Td ta="right">{percent(all === 0 ? null : (hits ?? 0) / all)}</Table.Td>
    </Table.Tr>
  );
}
