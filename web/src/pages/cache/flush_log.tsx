// Who emptied the cache, when and by what way: the answer to "where did my items go".
import { Badge, Card, Table, Text, Title } from "@mantine/core";
import { useOfCache } from "../../api/queries";
import type { Flush } from "../../api/types";
import { Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

export function FlushLog({ cacheId }: { cacheId: number }) {
  const flushes = useOfCache<{ flushes: Flush[] }>(cacheId, "/flushes", 10_000);
  return (
    <Card>
      <Title order={2} mb="sm">
        Flush log
      </Title>
      <Loaded query={flushes} height={240}>
        {(data) =>
          data.flushes.length === 0 ? (
            <Text c="dimmed" size="sm">
              It was never flushed. Each flush shows here: when, by what way and by whom.
            </Text>
          ) : (
            <FlushTable flushes={data.flushes} />
          )
        }
      </Loaded>
    </Card>
  );
}

function FlushTable({ flushes }: { flushes: Flush[] }) {
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table aria-label="Flush log">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>By</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>Address</Table.Th>
            <Table.Th>Server</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flushes.map((flush) => (
            <Table.Tr key={flush.id}>
              <Table.Td>
                <Time at={flush.at} />
              </Table.Td>
              <Table.Td>
                <Badge color="gray">{flush.origin}</Badge>
              </Table.Td>
              <Table.Td className="mono">{flush.credential}</Table.Td>
              <Table.Td className="mono">{flush.address}</Table.Td>
              <Table.Td className="mono">{flush.server}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
