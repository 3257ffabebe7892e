// Within five seconds: is it healthy, why not, what to do. Sentences first, then the figures of now, each
// with its last hour and what it was yesterday.
import { Alert, Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { type LiveState, useLive } from "../../api/live";
import { useChangeOfCache, useGet, useOfCache, usePlans, useSeries, useYesterday } from "../../api/queries";
import type { Alert as WatchedAlert, AlertEvent, AlertTrigger, Latency, MissRatioCurve } from "../../api/types";
import { bytes, count, joined, nanoseconds, percent, rate, shortCount, sizeOf, unbroken } from "../../format";
import { Icon } from "../../ui/icons";
import { PageButton } from "../../ui/links";
import { LiveBadge } from "../../ui/live_badge";
import { Sparkline } from "../../ui/sparkline";
import { FormError, Loading } from "../../ui/states";
import { gradeOfHitRate, ShareBar } from "../../ui/usage";
import type { TabProps } from "./cache_page";
import { type Facts, type Finding, findings, judgedHitRate, verdict } from "./health";
import { CommandTable } from "./command_table";
import { type Column, hourColumnOf, type Hour, hourOf } from "./hour";
import { slowest, useLatency } from "./latency";
import { type Now, nowOf } from "./now";

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
  const live = useLive(cache.id);
  const series = useSeries(cache.id, NAMES, HOUR);
  const yesterday = useYesterday(cache.id, ["get_rate", "hit_rate", "request_rate"]).data;
  const curve = useOfCache<MissRatioCurve>(cache.id, "/insight/miss_ratio_curve", 60_000);
  const alerts = useAlerts(cache.id);
  const plans = usePlans();
  const change = useChangeOfCache(cache.id);
  const facts: Facts = {
    cache,
    now: nowOf(live.looks, series.data),
    live: live.now,
    lastHour: series.data ? hourOf(series.data) : null,
    minutes: series.data,
    curve: curve.data ?? null,
    plans: plans.data ?? [],
    ...alerts,
  };
  const found = findings(facts);
  const isAsked = series.isPending || curve.isPending;
  const enable = () =>
    change.mutate({ path: `/caches/${cache.id}`, method: "PATCH", body: { enabled: true } });
  return (
    <Stack gap="lg">
      {isAsked && found.length === 0 ? (
        <Loading height={76} label="Looking at the last minutes" />
      ) : (
        <Findings found={found} facts={facts} base={`/caches/${cache.id}`} enable={rights.change ? enable : null} />
      )}
      <FormError error={change.error} />
      <Figures facts={facts} live={live} yesterday={yesterday ? hourOf(yesterday) : null} />
      <CommandTable stats={live.now?.stats ?? null} />
    </Stack>
  );
}

function useAlerts(cacheId: number): Pick<Facts, "alerts" | "triggers" | "events"> {
  const base = `/caches/${cacheId}/alerts`;
  const alerts = useGet<{ alerts: WatchedAlert[] }>(base, 10_000).data?.alerts ?? [];
  const triggers = useGet<{ triggers: AlertTrigger[] }>("/alerts/triggers").data?.triggers ?? [];
  const events = useGet<{ events: AlertEvent[] }>(`${base}/events`, 30_000).data?.events ?? [];
  return { alerts, triggers, events };
}

const COLORS = { bad: "red", warn: "yellow", info: "blue" } as const;

function Findings(props: {
  found: Finding[];
  facts: Facts;
  base: string;
  enable: (() => void) | null;
}) {
  const { found, facts, base, enable } = props;
  const needsNothing = found.every(({ severity }) => severity === "info");
  return (
    <Stack gap="sm">
      {needsNothing && !found.some(({ id }) => id === "unused") && <Verdict facts={facts} />}
      {found.map((one) => (
        <Alert
          key={one.id}
          color={COLORS[one.severity]}
          icon={<Icon name={one.severity === "info" ? "info" : "warning"} />}
          title={one.title}
        >
          <Group justify="space-between" gap="sm">
            <Text size="sm" flex={1} miw={220}>
              {one.text}
            </Text>
            <Mend finding={one} base={base} enable={enable} />
          </Group>
        </Alert>
      ))}
    </Stack>
  );
}

function Verdict({ facts }: { facts: Facts }) {
  const { title, text, isKnown } = verdict(facts);
  const color = isKnown ? "green" : facts.lastHour === null ? "yellow" : "blue";
  return (
    <Alert color={color} icon={<Icon name={isKnown ? "check" : color === "yellow" ? "warning" : "info"} />} title={title}>
      {text}
    </Alert>
  );
}

function Mend({ finding, base, enable }: { finding: Finding; base: string; enable: (() => void) | null }) {
  const { mend } = finding;
  if (mend === undefined) return null;
  if ("to" in mend) {
    return (
      <PageButton to={`${base}/${mend.to}`} size="xs" {...(finding.severity === "info" ? { variant: "default" } : {})}>
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

function Figures({ facts, live, yesterday }: { facts: Facts; live: LiveState; yesterday: Hour | null }) {
  const { cache, now, lastHour: hour, minutes } = facts;
  const column = (name: string): Column => hourColumnOf(minutes, name);
  const stats = live.now?.stats ?? {};
  const usedBytes = stats["bytes"] ?? cache.usage?.bytes ?? null;
  const hitRate = now?.hit_rate ?? null;
  const judged = judgedHitRate(facts);
  const present = (name: "eviction_rate" | "request_rate" | "auth_errors_rate") =>
    rate(now?.[name] ?? live.now?.series[name]);
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Title order={2}>Now</Title>
        <LiveBadge isBehind={live.isBehind} at={live.now?.time ?? null} />
      </Group>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing={{ base: "xs", sm: "md" }}>
        <Figure
          title="Hit rate"
          value={hitRate === null ? "No reads" : percent(hitRate)}
          color={judged === null ? undefined : `var(--${gradeOfHitRate(judged)})`}
          note={compared(hour?.hit_rate, yesterday?.hit_rate, (value) => percent(value))}
          line={column("hit_rate")}
          max={1}
        />
        <Figure title="Memory" value={bytes(usedBytes)} line={column("bytes")} max={cache.limit_bytes}>
          <ShareBar share={(usedBytes ?? 0) / cache.limit_bytes} label="Memory used">
            of {unbroken(bytes(cache.limit_bytes))}: {unbroken(sizeOf(cache.limit_bytes))}{" "}
            {unbroken("+ 10 %")} for overhead
          </ShareBar>
        </Figure>
        <Figure
          title="Requests"
          value={present("request_rate")}
          note={compared(hour?.request_rate, yesterday?.request_rate, rate)}
          line={column("request_rate")}
        />
        <LatencyFigure cache={cache.id} now={slowest(live.now?.latency)} />
        <Figure
          title="Items"
          value={count(stats["curr_items"] ?? cache.usage?.items)}
          note={sinceReset(stats["total_items"], "stored")}
          line={column("items")}
        />
        <Figure
          title="Connections"
          value={count(stats["curr_connections"] ?? cache.usage?.connections)}
          note={newConnections(now, hour)}
          line={column("connections")}
        />
        <Figure
          title="Evictions"
          value={present("eviction_rate")}
          note={sinceReset(stats["evictions"], "evicted")}
          line={column("eviction_rate")}
        />
        <Figure
          title="Failed logins"
          value={present("auth_errors_rate")}
          note={sinceReset(stats["auth_errors"], "failed")}
          line={column("auth_errors_rate")}
        />
      </SimpleGrid>
    </div>
  );
}

// What is now beside what was: the hour, and the same hour of yesterday where there was one.
function compared(
  hour: number | null | undefined,
  yesterday: number | null | undefined,
  told: (value: number) => string,
): string {
  const parts = [];
  if (hour != null) parts.push(`last hour ${told(hour)}`);
  if (yesterday != null) parts.push(`yesterday ${told(yesterday)}`);
  return parts.length === 0 ? "nothing in the last hour" : joined(parts);
}


const sinceReset = (value: number | undefined, what: string) => `${shortCount(value)} ${what} since the last reset`;

function newConnections(now: Now | null, hour: Hour | null): string {
  return `${rate(now?.connection_rate ?? hour?.connection_rate)} new`;
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
      <div style={{ minHeight: 40 }}>
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

const FAMILIES: Record<string, string> = { read: "reads", write: "writes" };

// Of this cache's own requests. Live; where nothing is asked at this moment, the last that was known.
function LatencyFigure({ cache, now }: { cache: number; now: Latency | null }) {
  const hour = useLatency(cache, HOUR).data;
  const last = (values: (number | null)[] | undefined) => values?.filter((one) => one !== null).at(-1);
  const families = (now?.families ?? [])
    .filter(({ family, p99_ns }) => FAMILIES[family] !== undefined && p99_ns !== null)
    .map(({ family, p99_ns }) => `${FAMILIES[family]} ${nanoseconds(p99_ns)}`);
  const p99 = now?.p99_ns ?? last(hour?.p99);
  return (
    <Figure
      title="Latency, p99"
      value={p99 == null ? "No requests" : nanoseconds(p99)}
      note={joined([`p50 ${nanoseconds(now?.p50_ns ?? last(hour?.p50))}`, ...families])}
      line={{ values: hour?.p99 ?? [] }}
    />
  );
}

