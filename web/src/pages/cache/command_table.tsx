// Hits and misses of all time by command, and what else is counted: the numbers that users of the old
// dashboard know, under the same names.
import { Card, Table, Text, Title } from "@mantine/core";
import { count, percent } from "../../format";

const COMMANDS: { name: string; hits: string; misses: string }[] = [
  { name: "get", hits: "get_hits", misses: "get_misses" },
  { name: "delete", hits: "delete_hits", misses: "delete_misses" },
  { name: "incr", hits: "incr_hits", misses: "incr_misses" },
  { name: "decr", hits: "decr_hits", misses: "decr_misses" },
  { name: "cas", hits: "cas_hits", misses: "cas_misses" },
  { name: "touch", hits: "touch_hits", misses: "touch_misses" },
];

export function CommandTable({ stats }: { stats: Record<string, number> | null }) {
  return (
    <Card>
      <Title order={2} mb="xs">
        Hits and misses since the statistics were reset
      </Title>
      <Table.ScrollContainer minWidth={280}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Command</Table.Th>
              <Table.Th ta="right">Hits</Table.Th>
              <Table.Th ta="right">Misses</Table.Th>
              <Table.Th ta="right">Hit rate</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {COMMANDS.map(({ name, hits, misses }) => (
              <CommandRow key={name} name={name} hits={stats?.[hits]} misses={stats?.[misses]} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
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
