// Who emptied the cache, when and by what way: the answer to "where did my items go".
import { Badge, Table } from "@mantine/core";
import { useOfCache } from "../../api/queries";
import type { Flush } from "../../api/types";
import { Rows, TitledCard } from "../../ui/rows";
import { Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

export function FlushLog({ cacheId }: { cacheId: number }) {
  const flushes = useOfCache<{ flushes: Flush[] }>(cacheId, "/flushes", 10_000);
  return (
    <TitledCard title="Flush log">
      <Loaded query={flushes} height={240}>
        {(data) => <FlushTable flushes={data.flushes} />}
      </Loaded>
    </TitledCard>
  );
}

function FlushTable({ flushes }: { flushes: Flush[] }) {
  return (
    <Rows
      label="Flush log"
      rows={flushes}
      empty="It was never flushed. Each flush shows here: when, by what way and by whom."
      minWidth={560}
      columns={["When", "By", "Who", "Address", "Server"]}
    >
      {(flush) => (
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
      )}
    </Rows>
  );
}
