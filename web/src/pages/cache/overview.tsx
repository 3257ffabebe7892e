// Within five seconds: is it healthy, why not, what to do. Sentences first, then the figures with their
// last hour, all live.
import { Alert, Badge, Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useLive } from "../../api/live";
import { useChangeOfCache, useOfCache, usePlans, useSeries } from "../../api/queries";
import type { Latency, Live, MissRatioCurve, SeriesAnswer } from "../../api/types";
import { bytes, count, nanoseconds, percent, rate, shortCount } from "../../format";
import { Icon } from "../../ui/icons";
import { PageButton } from "../../ui/links";
import { Sparkline } from "../../ui/sparkline";
import { FormError, Loading } from "../../ui/states";
import { gradeOfHitRate, UsageBar } from "../../ui/usage";
import type { TabProps } from "./cache_page";
import { type Finding, findings, type Hour, isJudged } from "./health";
import { CommandTable } from "./command_table";
import { type Column, hourColumnOf, hourOf } from "./hour";
import { slowest, useLatency } from "./latency";

const NAMES = [
  "auth_errors_rate",
  "bytes",
  "connection_rate",
  "connections",
  "eviction_rate",
  "get_rate",
  "hit_rate",
  "items",
  "request_rate",
];
const HOUR = 3600;

export function OverviewTab({ cache, rights }: TabProps) {
  const { now, isBehind } = useLive(cache.id);
  const series = useSeries(cache.id, NAMES, HOUR);
  const curve = useOfCache<MissRatioCurve>(cache.id, "/insight/miss_ratio_curve", 60_000);
  const plans = usePlans();
  const change = useChangeOfCache(cache.id);
  const hour = series.data ? hourOf(series.data) : null;
  const found = findings({
    cache,
    live: now,
    lastHour: hour,
    curve: curve.data ?? null,
    plans: plans.data ?? [],
  });
  const isAsked = series.isPending || curve.isPending;
  const enable = () =>
    change.mutate({ path: `/caches/${cache.id}`, method: "PATCH", body: { enabled: true } });
  return (
    <Stack gap="lg">
      {isAsked && found.length === 0 ? (
        <Loading height={76} label="Looking at the last hour" />
      ) : (
        <Findings
          found={found}
          hour={hour}
          isRead={(now?.series["get_rate"] ?? 0) > 0}
          base={`/caches/${cache.id}`}
          enable={rights.change ? enable : null}
        />
      )}
      <FormError error={change.error} />
      <Figures cache={cache} rights={rights} live={now} series={series.data} hour={hour} isBehind={isBehind} />
      <CommandTable stats={now?.stats ?? null} />
    </Stack>
  );
}

const COLORS = { bad: "red", warn: "yellow", info: "blue" } as const;

function Findings(props: {
  found: Finding[];
  hour: Hour | null;
  isRead: boolean; // at this moment
  base: string;
  enable: (() => void) | null;
}) {
  const { found, hour, isRead, base, enable } = props;
  if (found.length === 0) {
    if (hour === null) {
      return (
        <Alert color="yellow" icon={<Icon name="warning" />} title="No verdict">
          What it did in the last hour is not to be had at the moment.
        </Alert>
      );
    }
    if ((hour.hit_rate !== null || isRead) && !isJudged(hour)) {
      return (
        <Alert color="blue" icon={<Icon name="info" />} title="No verdict yet">
          Its hit rate is judged after five minutes with reads; nothing else asks for your attention.
        </Alert>
      );
    }
    return (
      <Alert color="green" icon={<Icon name="check" />} title="Healthy">
        {hour.hit_rate !== null
          ? `${percent(hour.hit_rate)} of reads hit in the last hour, and nothing asks for your attention.`
          : "Nothing asks for your attention."}
      </Alert>
    );
  }
  return (
    <Stack gap="sm">
      {found.map((one) => (
        <Alert
          key={one.id}
          color={COLORS[one.severity]}
          icon={<Icon name={one.severity === "info" ? "info" : "warning"} />}
          title={one.title}
        >
          <Group justify="space-between" gap="sm">
            <Text size="sm">{one.text}</Text>
            <Mend finding={one} base={base} enable={enable} />
          </Group>
        </Alert>
      ))}
    </Stack>
  );
}

function Mend({ finding, base, enable }: { finding: Finding; base: string; enable: (() => void) | null }) {
  const { mend } = finding;
  if (mend === undefined) return null;
  if ("to" in mend) {
    return (
      <PageButton to={`${base}/${mend.to}`} size="xs">
        {mend.label}
      </PageButton>
    );
  }
  return enable === null ? null : (
    <Button size="xs" onClick={enable}>
      {mend.label}
    </Button>
  );
}

interface FiguresProps extends TabProps {
  live: Live | null;
  series: SeriesAnswer | undefined;
  hour: Hour | null;
  isBehind: boolean;
}

function Figures({ cache, live, series, hour, isBehind }: FiguresProps) {
  const column = (name: string): Column => hourColumnOf(series, name);
  const stats = live?.stats ?? {};
  const usedBytes = stats["bytes"] ?? cache.usage?.bytes ?? null;
  const hitRate = hour?.hit_rate ?? hitRateOfAll(stats) ?? cache.usage?.hit_rate ?? null;
  const rateOf = (name: "eviction_rate" | "request_rate") => rate(live?.series[name] ?? hour?.[name]);
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Title order={2}>Last hour</Title>
        <Badge color={isBehind ? "yellow" : "green"} leftSection={<Icon name="live" size={14} />}>
          {isBehind ? "waiting for the service" : "live"}
        </Badge>
      </Group>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing={{ base: "xs", sm: "md" }}>
        <Figure
          title="Hit rate"
          value={hitRate === null ? "No reads" : percent(hitRate)}
          color={hitRate === null || !hour || !isJudged(hour) ? undefined : `var(--${gradeOfHitRate(hitRate)})`}
          note={hitRate === null ? "so far" : hour?.hit_rate == null ? "since the statistics were reset" : "mean of the hour"}
          line={column("hit_rate")}
          max={1}
        />
        <Figure title="Memory" value={bytes(usedBytes)} line={column("bytes")} max={cache.limit_bytes}>
          <UsageBar used={usedBytes} limit={cache.limit_bytes} label="Memory used" />
        </Figure>
        <Figure
          title="Requests"
          value={rateOf("request_rate")}
          note="each key of a get counts"
          line={column("request_rate")}
        />
        <LatencyFigure cache={cache.id} now={slowest(live?.latency)} />
        <Figure
          title="Items"
          value={count(stats["curr_items"] ?? cache.usage?.items)}
          note={`${shortCount(stats["total_items"])} stored in all`}
          line={column("items")}
        />
        <Figure
          title="Connections"
          value={count(stats["curr_connections"] ?? cache.usage?.connections)}
          note={`${rate(hour?.connection_rate ?? live?.series["connection_rate"])} new`}
          line={column("connections")}
        />
        <Figure
          title="Evictions"
          value={rateOf("eviction_rate")}
          note={`${shortCount(stats["evictions"])} in all`}
          line={column("eviction_rate")}
        />
        <Figure
          title="Failed logins"
          value={rate(hour?.auth_errors_rate ?? live?.series["auth_errors_rate"])}
          note={`${shortCount(stats["auth_errors"])} in all`}
          line={column("auth_errors_rate")}
        />
      </SimpleGrid>
    </div>
  );
}

function hitRateOfAll(stats: Record<string, number>): number | null {
  const [hits, misses] = [stats["get_hits"] ?? 0, stats["get_misses"] ?? 0];
  return hits + misses === 0 ? null : hits / (hits + misses);
}

function Figure(props: {
  title: string;
  value: string;
  note?: string;
  color?: string | undefined;
  line: Column;
  max?: number;
  children?: React.ReactNode;
}) {
  const { title, value, note, color, line, max, children } = props;
  const label = `${title} in the last hour`;
  return (
    <Card padding="md">
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      <Text className="figures" fz={{ base: 20, sm: 26 }} fw={640} lh={1.25} {...(color === undefined ? {} : { c: color })}>
        {value}
      </Text>
      <div style={{ minHeight: 36 }}>
        {children ?? (
          <Text size="xs" c="dimmed">
            {note}
          </Text>
        )}
      </div>
      <Sparkline values={line.values} label={label} height={36} {...(max === undefined ? {} : { max })} />
    </Card>
  );
}

// Live; where nothing is asked at this moment, the last that was known.
function LatencyFigure({ cache, now }: { cache: number; now: Latency | null }) {
  const hour = useLatency(cache, HOUR).data;
  const last = (values: (number | null)[] | undefined) => values?.filter((one) => one !== null).at(-1);
  return (
    <Figure
      title="Server latency, p99"
      value={nanoseconds(now?.p99_ns ?? last(hour?.p99))}
      note={`p50 ${nanoseconds(now?.p50_ns ?? last(hour?.p50))}`}
      line={{ values: hour?.p99 ?? [] }}
    />
  );
}
