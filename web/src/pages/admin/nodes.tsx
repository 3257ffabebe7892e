// For each cluster: what its caches promise and do together, and its nodes with their load and memory.
import { Alert, Badge, Card, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useCaches, useClusters, useGet } from "../../api/queries";
import type { Cache, Cluster, Node, Oversell } from "../../api/types";
import { bytes, count, nanoseconds, percent, rate, rateNumber, shortCount } from "../../format";
import { Fact } from "../../ui/fact";
import { Icon } from "../../ui/icons";
import { right, RowButton, Rows } from "../../ui/rows";
import { Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import { ShareBar, UsageBar } from "../../ui/usage";
import { ClusterForm } from "./cluster_form";

const PERIOD_MS = 10_000;

export function Nodes() {
  const clusters = useClusters();
  const caches = useCaches();
  const nodes = useGet<{ nodes: Node[]; oversell?: Oversell }>("/nodes", PERIOD_MS);
  return (
    <Loaded query={clusters} height={240}>
      {(all) => (
        <Loaded query={nodes} height={240}>
          {({ nodes, oversell }) => (
            <Stack gap="lg">
              {oversell && <Oversold oversell={oversell} />}
              {all.map((cluster) => (
                <ClusterCard
                  key={cluster.id}
                  cluster={cluster}
                  caches={caches.data?.filter((cache) => cache.cluster === cluster.name) ?? null}
                  nodes={nodes.filter((node) => node.cluster === cluster.name)}
                />
              ))}
            </Stack>
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

function ClusterCard(props: { cluster: Cluster; caches: Cache[] | null; nodes: Node[] }) {
  const { cluster, caches, nodes } = props;
  const [isChanged, setChanged] = useState(false);
  const promised = caches?.reduce((sum, cache) => sum + cache.limit_bytes, 0);
  const room = nodes.reduce((sum, node) => sum + node.memory.limit_bytes, 0);
  const silent = caches?.filter((cache) => cache.enabled && cache.usage === null).length ?? 0;
  return (
    <Card>
      <Group justify="space-between" mb="sm">
        <Group gap="xs">
          <Title order={2}>{cluster.name}</Title>
          <Badge color="gray">{cluster.kind}</Badge>
          <Badge color="gray">{cluster.region}</Badge>
          {silent > 0 && <Badge color="red">{count(silent)} caches do not answer</Badge>}
        </Group>
        <RowButton label={`Change the cluster ${cluster.name}`} onClick={() => setChanged(true)}>
          Change
        </RowButton>
      </Group>
      {isChanged && <ClusterForm cluster={cluster} close={() => setChanged(false)} />}
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md">
        <Fact name="Caches" value={count(caches?.length)} />
        <Fact name="Connections" value={count(nodes.reduce((sum, node) => sum + node.connections, 0))} />
        <Fact name="Requests" value={rate(sumOf(nodes.map((node) => node.requests_per_second)))} />
        <Fact name="Sold" value={bytes(promised)} note={shareOf(promised, room)} />
      </SimpleGrid>
      <NodeTable cluster={cluster.name} nodes={nodes} />
    </Card>
  );
}

// Plans may promise more than there is, as few caches are full. Whoever runs the nodes has to know, and what
// to do about it.
function Oversold({ oversell }: { oversell: Oversell }) {
  const { promised_bytes, memory_bytes, ratio, ratio_max, state } = oversell;
  if (state === "ok") return null;
  const bound = ratio_max === null ? "" : ` Above ${rateNumber(ratio_max)} times, only operators create caches.`;
  return (
    <Alert
      color={state === "over" ? "red" : "yellow"}
      icon={<Icon name="warning" />}
      title={`Plans promise ${rateNumber(ratio)} times the memory of the nodes`}
    >
      {bytes(promised_bytes)} are sold, {bytes(memory_bytes)} are there. If the caches fill up, they evict before they
      reach the size of their plans. Give the service more memory (--memory), or move caches to smaller plans.{bound}
    </Alert>
  );
}

function shareOf(promised: number | undefined, room: number): string {
  if (promised === undefined || room === 0) return "";
  const times = promised / room;
  return times < 2 ? `${percent(times, 0)} of the nodes' memory` : `${rateNumber(times)} times the nodes' memory`;
}

// Of those that are known.
function sumOf(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}

function NodeTable({ cluster, nodes }: { cluster: string; nodes: Node[] }) {
  return (
    <Rows
      label={`Nodes of ${cluster}`}
      rows={nodes}
      empty="No node answers."
      minWidth={1080}
      columns={["Node", "Started", "Load", "Memory", right("Connections"), right("Requests"), right("p50"), right("p99")]}
    >
      {(node) => <NodeRow key={node.id} node={node} />}
    </Rows>
  );
}

function NodeRow({ node }: { node: Node }) {
  const { memory } = node;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={550}>
        <Text component="span" className="mono" style={{ whiteSpace: "nowrap" }}>
          {node.name}
        </Text>
        <Text size="xs" c="dimmed">
          version {node.version}
        </Text>
      </Table.Th>
      <Table.Td>
        <Time at={node.up_since} />
        <Text size="xs" c="dimmed">
          {shortCount(node.used_caches)} caches used
        </Text>
      </Table.Td>
      <Table.Td miw={110}>
        <ShareBar share={node.load ?? 0} label={`Load of ${node.name}`}>
          {percent(node.load, 0)} of {count(node.workers)} {node.workers === 1 ? "worker" : "workers"}
        </ShareBar>
      </Table.Td>
      <Table.Td miw={180}>
        <UsageBar used={memory.charged_bytes} limit={memory.limit_bytes} label={`Memory of ${node.name}`} />
        <Text size="xs" c="dimmed">
          {bytes(memory.resident_bytes)} resident
        </Text>
      </Table.Td>
      <Table.Td ta="right">{count(node.connections)}</Table.Td>
      <Table.Td ta="right">{rate(node.requests_per_second)}</Table.Td>
      <Table.Td ta="right">{nanoseconds(node.p50_ns)}</Table.Td>
      <Table.Td ta="right">{nanoseconds(node.p99_ns)}</Table.Td>
    </Table.Tr>
  );
}
