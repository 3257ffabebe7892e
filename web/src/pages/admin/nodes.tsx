// The clusters, and what all their caches together take, promise and do.
import { Badge, Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useActivity, useCaches, useClusters, useOfCache } from "../../api/queries";
import type { Cache, Cluster, LatencyAnswer } from "../../api/types";
import { bytes, count, nanoseconds, rate } from "../../format";
import { Loaded } from "../../ui/states";
import { UsageBar } from "../../ui/usage";

export function Nodes() {
  const clusters = useClusters();
  const caches = useCaches();
  return (
    <Loaded query={clusters} height={240}>
      {(all) => (
        <Stack gap="lg">
          {all.map((cluster) => (
            <ClusterCard
              key={cluster.id}
              cluster={cluster}
              caches={(caches.data ?? []).filter((cache) => cache.cluster === cluster.name)}
            />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function ClusterCard({ cluster, caches }: { cluster: Cluster; caches: Cache[] }) {
  const activity = useActivity();
  const ids = new Set(caches.map((cache) => cache.id));
  const used = caches.reduce((sum, cache) => sum + (cache.usage?.bytes ?? 0), 0);
  const promised = caches.reduce((sum, cache) => sum + cache.limit_bytes, 0);
  const connections = caches.reduce((sum, cache) => sum + (cache.usage?.connections ?? 0), 0);
  const requests = activity.data?.caches
    .filter((one) => ids.has(one.id))
    .reduce((sum, one) => sum + (one.request_rate.filter((value) => value !== null).at(-1) ?? 0), 0);
  const silent = caches.filter((cache) => cache.enabled && cache.usage === null).length;
  return (
    <Card>
      <Title order={2} mb="sm">
        {cluster.name} <Badge color="gray">{cluster.kind}</Badge>{" "}
        {silent > 0 ? <Badge color="red">{count(silent)} caches do not answer</Badge> : <Badge color="green">answers</Badge>}
      </Title>
      <SimpleGrid cols={{ base: 2, md: 5 }}>
        <Fact name="Region" value={cluster.region} />
        <Fact name="Caches" value={count(caches.length)} />
        <Fact name="Connections" value={count(connections)} />
        <Fact name="Requests" value={rate(requests)} />
        {caches[0] ? <Latency cacheId={caches[0].id} /> : <Fact name="Time in the server" value="–" />}
      </SimpleGrid>
      <Text size="sm" c="dimmed" mt="md" mb={4}>
        Memory: {bytes(used)} used of {bytes(promised)} that plans promise
      </Text>
      <UsageBar used={used} limit={promised} label={`Memory of ${cluster.name}`} />
    </Card>
  );
}

function Latency({ cacheId }: { cacheId: number }) {
  const latency = useOfCache<LatencyAnswer>(cacheId, "/latency", 60_000);
  const last = latency.data?.servers[0]?.points.at(-1)?.[1] ?? null;
  return <Fact name="Time in the server" value={nanoseconds(last)} />;
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text fz={20} fw={620}>
        {value}
      </Text>
    </div>
  );
}
