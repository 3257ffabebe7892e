// What the cache's traffic tells: how big it should be, which keys are asked for, missed and changed most,
// what happened lately, and what is known of one key.
import { Card, Grid, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useOfCache, usePlans } from "../../api/queries";
import type { LoggedRequest, MissRatioCurve, PopularItem, PopularItems } from "../../api/types";
import { about, bytes, clockTime, count, shortCount } from "../../format";
import { Icon } from "../../ui/icons";
import { right, Rows, wide } from "../../ui/rows";
import { Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import type { TabProps } from "./cache_page";
import { KeyLookup } from "./key_lookup";
import { Prefixes } from "./prefixes";
import { SizeAdvice } from "./size_advice";

const COLLECTING_SECONDS = 60; // keys are watched from when the page is opened
const WINDOW_SECONDS = 300; // what a count is of: older requests count less, a fifth each minute
const TIMES_MIN = 2; // what happened once is no ranking

export function InsightTab({ cache, rights }: TabProps) {
  const curve = useOfCache<MissRatioCurve>(cache.id, "/insight/miss_ratio_curve", 30_000);
  const popular = useOfCache<PopularItems>(cache.id, "/insight/popular_items", 5_000);
  const plans = usePlans();
  return (
    <Stack gap="lg">
      <Loaded query={curve} height={420}>
        {(data) => <SizeAdvice cache={cache} curve={data} plans={plans.data ?? []} rights={rights} />}
      </Loaded>
      <Loaded query={popular} height={320}>
        {(data) => <Popular items={data} clock={popular.dataUpdatedAt / 1000} />}
      </Loaded>
      <Grid>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Prefixes cache={cache} rights={rights} popular={popular.data?.popular_prefixes ?? []} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <KeyLookup cacheId={cache.id} />
        </Grid.Col>
      </Grid>
      <RecentRequests cacheId={cache.id} />
    </Stack>
  );
}

const LISTS: { title: string; hint: string; of: (items: PopularItems) => PopularItem[] }[] = [
  {
    title: "Most hits",
    hint: "What the cache is for. One key far above all others may be better in the application itself.",
    of: (items) => items.most_hit_keys,
  },
  {
    title: "Most misses",
    hint: "Asked for again and again and not there: never stored, expired too soon, or evicted.",
    of: (items) => items.most_missed_keys,
  },
  {
    title: "Most changes",
    hint: "Fine for counters. Anything else that changes this often is hardly worth caching.",
    of: (items) => items.most_mutated_keys,
  },
];

function Popular({ items, clock }: { items: PopularItems; clock: number }) {
  const isNew = items.since === null || clock - items.since < COLLECTING_SECONDS;
  return (
    <div>
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2}>Keys</Title>
        <Text size="sm" c="dimmed" role="status">
          {howCounted(items, clock)}
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
      {LISTS.map(({ title, hint, of }) => (
        <Card key={title}>
          <Title order={3} size="h4">
            {title}
          </Title>
          <Text size="xs" c="dimmed" mb="sm">
            {hint}
          </Text>
          <KeyList
            title={title}
            items={of(items).filter(({ popularity }) => popularity >= TIMES_MIN).slice(0, 10)}
            isNew={isNew}
            isSampled={isSampled(items)}
          />
        </Card>
      ))}
      </SimpleGrid>
    </div>
  );
}

function isSampled({ sampled_one_in }: PopularItems): boolean {
  return sampled_one_in >= 1.05;
}

// Since when, over how long, and how exactly.
export function howCounted(items: PopularItems, clock: number): string {
  if (items.since === null) return "Watching begins with the first request.";
  const isYoung = clock - items.since < WINDOW_SECONDS;
  const span = isYoung ? `Requests since ${clockTime(items.since)}` : "Requests of about the last 5 minutes";
  if (!isSampled(items)) return `${span}.`;
  return `${span}, estimated from one request in ${Number(items.sampled_one_in.toPrecision(2))}.`;
}

function KeyList(props: { title: string; items: PopularItem[]; isNew: boolean; isSampled: boolean }) {
  const { title, items, isNew, isSampled } = props;
  if (items.length === 0) {
    return (
      <Text size="sm" c="dimmed" py="sm">
        {isNew
          ? "Collecting: keys are watched from the moment this page is opened."
          : "No key more than once in the last 5 minutes."}
      </Text>
    );
  }
  const most = Math.max(...items.map((item) => item.popularity));
  return (
    <Table aria-label={title} verticalSpacing={4} withRowBorders={false} layout="fixed">
      <Table.Tbody>
        {items.map(({ name, popularity }) => (
          <Table.Tr key={name}>
            <Table.Td pl={0}>
              <div
                style={{
                  background: `linear-gradient(to right, var(--calm-wash) ${(100 * popularity) / most}%, transparent 0)`,
                  borderRadius: 4,
                  padding: "1px 6px",
                }}
                className="mono"
              >
                {name}
              </div>
            </Table.Td>
            <Table.Td w={isSampled ? 104 : 72} ta="right" pr={0}>
              {isSampled ? about(popularity) : shortCount(popularity)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const LINES_SHOWN = 30;

function RecentRequests({ cacheId }: { cacheId: number }) {
  const logs = useOfCache<Record<string, LoggedRequest[]>>(cacheId, "/insight/recent_requests", 2_000);
  return (
    <Card>
      <Title order={2} mb="xs">
        <Icon name="live" size={16} /> Recent requests
      </Title>
      <Loaded query={logs} height={300}>
        {(servers) => <Requests lines={newestOf(servers)} />}
      </Loaded>
    </Card>
  );
}

function newestOf(servers: Record<string, LoggedRequest[]>): LoggedRequest[] {
  return Object.values(servers)
    .flat()
    .sort((one, other) => other.timestamp.localeCompare(one.timestamp))
    .slice(0, LINES_SHOWN);
}

function isMiss({ status, size }: LoggedRequest): boolean {
  return size === 0 && status === "NOT_FOUND";
}

function Requests({ lines }: { lines: LoggedRequest[] }) {
  return (
    <Rows
      label="Recent requests"
      rows={lines.map((line, index) => ({ line, key: `${line.timestamp} ${index}` }))}
      empty="No request since this page was opened. They show here within seconds."
      minWidth={600}
      isFixed
      isDense
      columns={["Key", wide("Command", 100), wide("Answer", 130), right("Size", 110), right("When", 140)]}
    >
      {({ line, key }) => (
        <Table.Tr key={key}>
          <Table.Td className="mono">{line.key}</Table.Td>
          <Table.Td className="mono">{line.command}</Table.Td>
          <Table.Td>{line.status}</Table.Td>
          <Table.Td ta="right" {...(isMiss(line) ? {} : { title: `${count(line.size)} bytes` })}>
            {isMiss(line) ? "–" : bytes(line.size)}
          </Table.Td>
          <Table.Td ta="right">
            <Time at={line.timestamp} />
          </Table.Td>
        </Table.Tr>
      )}
    </Rows>
  );
}
