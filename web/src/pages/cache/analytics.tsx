// Every series over time: any two at once on two axes, zoom by dragging, what happened as markers.
import { Button, Card, Center, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { query, request } from "../../api/client";
import { cacheKey, isoOf, useGet, useOfCache, useSeries, useSeriesAbout } from "../../api/queries";
import type { AuditRow, Flush, SeriesAbout, SeriesAnswer } from "../../api/types";
import { planName, spaced } from "../../format";
import { Icon } from "../../ui/icons";
import { Loaded } from "../../ui/states";
import { type Line, type Marker, TimeChart } from "../../ui/time_chart";
import type { TabProps } from "./cache_page";
import { CommandTable, type Stats, TotalsCard } from "./command_table";
import { columnsOf, csvOf, latencyColumnsOf } from "./csv";
import { columnOf, timesOf } from "./hour";
import { useLatency } from "./latency";
import { LatencyCard } from "./latency_card";
import { type Span, ZoomButtons, ZoomHint } from "./zoom";

const WINDOWS = [
  { value: "3600", label: "1 h" },
  { value: "86400", label: "24 h" },
  { value: "604800", label: "7 d" },
  { value: "7776000", label: "90 d" },
  { value: "63072000", label: "2 y" },
];

// Pairs that answer a question.
const VIEWS = [
  { label: "Hit rate and memory", left: "hit_rate", right: "bytes" },
  { label: "Requests and evictions", left: "request_rate", right: "eviction_rate" },
  { label: "Connections, open and new", left: "connections", right: "connection_rate" },
  { label: "Traffic, in and out", left: "bytes_read_rate", right: "bytes_write_rate" },
  { label: "Items and set commands", left: "items", right: "set_rate" },
];

export function AnalyticsTab({ cache }: TabProps) {
  const about = useSeriesAbout();
  const stats = useOfCache<{ stats: Stats }>(cache.id, "/stats", 10_000).data?.stats ?? null;
  const evictions = useSeries(cache.id, ["eviction_rate"], 3600).data;
  return (
    <Stack gap="lg">
      <Loaded query={about} height={480}>
        {(series) => <Series cacheId={cache.id} about={series} />}
      </Loaded>
      <TotalsCard stats={stats} newEvictions={lastMinuteOf(evictions)} />
      <CommandTable stats={stats} />
    </Stack>
  );
}

function lastMinuteOf(evictions: SeriesAnswer | undefined): number | null {
  const rate = columnOf(evictions, "eviction_rate").values.filter((one) => one !== null).at(-1);
  return rate === undefined ? null : Math.round(rate * 60);
}

function Series({ cacheId, about }: { cacheId: number; about: SeriesAbout[] }) {
  const [search, setSearch] = useSearchParams({ left: "hit_rate", right: "bytes", window: "3600" });
  const [zoom, setZoom] = useState<Span | null>(null);
  const left = search.get("left") ?? "hit_rate";
  const right = search.get("right") ?? "";
  const seconds = Number(search.get("window") ?? 3600);
  const set = (values: Record<string, string>) =>
    setSearch({ left, right, window: String(seconds), ...values }, { replace: true });
  const answer = useAnswer(cacheId, [left, right].filter(Boolean), seconds, zoom);
  const latency = useLatency(cacheId, seconds, zoom);
  const markers = useMarkers(cacheId);
  const lines = useMemo(
    () => (answer.data ? linesOf(answer.data, left, right) : []),
    [answer.data, left, right],
  );
  const shown = (data: SeriesAnswer) => [...columnsOf(data), ...latencyColumnsOf(latency.data)];
  return (
    <>
      <Card>
        <Group justify="space-between" mb="md" align="flex-end">
          <Group align="flex-end" gap="sm">
            <SeriesSelect label="Left axis" value={left} about={about} onChange={(name) => set({ left: name })} />
            <SeriesSelect label="Right axis" value={right} about={about} onChange={(name) => set({ right: name })} />
          </Group>
          <SegmentedControl
            aria-label="How far back"
            w={{ base: "100%", xs: "auto" }}
            data={WINDOWS}
            value={String(seconds)}
            onChange={(window) => {
              setZoom(null);
              set({ window });
            }}
          />
        </Group>
        <Group gap={6} mb="md" className="button-strip">
          {VIEWS.map((view) => (
            <Button
              key={view.label}
              size="compact-sm"
              variant={view.left === left && view.right === right ? "light" : "default"}
              onClick={() => set({ left: view.left, right: view.right })}
            >
              {view.label}
            </Button>
          ))}
        </Group>
        <Loaded query={answer} height={420}>
          {(data) => lines.every((line) => line.values.every((value) => value === null)) ? (
            <Center h={396}>
              <Text c="dimmed" ta="center">
                Nothing is known about this time. The lines begin a minute after the first request.
              </Text>
            </Center>
          ) : (
            <TimeChart
              span={data}
              label={`${spaced(left)}${right === "" ? "" : ` and ${spaced(right)}`} over time`}
              times={timesOf(data)}
              lines={lines}
              markers={markers}
              height={360}
              onZoom={(start, end) => setZoom({ start, end })}
            />
          )}
        </Loaded>
        <Group justify="space-between" mt="sm">
          <ZoomHint zoom={zoom} />
          <Group gap="xs">
            <ZoomButtons zoom={zoom} seconds={seconds} onZoom={setZoom} />
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name="download" size={15} />}
              disabled={answer.data === undefined}
              onClick={() => answer.data && download(csvOf(shown(answer.data)), `cache-${cacheId}.csv`)}
            >
              Download CSV
            </Button>
          </Group>
        </Group>
      </Card>
      <LatencyCard latency={latency} onZoom={(start, end) => setZoom({ start, end })} />
    </>
  );
}

function SeriesSelect(props: {
  label: string;
  value: string;
  about: SeriesAbout[];
  onChange: (name: string) => void;
}) {
  const { label, value, about, onChange } = props;
  const help = about.find((one) => one.name === value);
  return (
    <Select
      label={label}
      description={help?.help ?? "Nothing"}
      searchable
      clearable={label === "Right axis"}
      allowDeselect={false}
      value={value === "" ? null : value}
      w={{ base: "100%", xs: 260 }}
      data={about.map((one) => ({ value: one.name, label: spaced(one.name) }))}
      onChange={(name) => onChange(name ?? "")}
    />
  );
}

function useAnswer(cacheId: number, names: string[], seconds: number, zoom: Span | null) {
  return useQuery({
    queryKey: [...cacheKey(cacheId), "series", names.join(","), seconds, zoom],
    queryFn: ({ signal }) => {
      const end = zoom?.end ?? Math.floor(Date.now() / 1000);
      const start = zoom?.start ?? end - seconds;
      const window = { names: names.join(","), start: isoOf(start), end: isoOf(end) };
      return request<SeriesAnswer>(`/caches/${cacheId}/series${query(window)}`, { signal });
    },
    refetchInterval: zoom !== null ? false : seconds <= 86_400 ? 30_000 : 300_000,
    placeholderData: (before) => before,
  });
}

function linesOf(answer: SeriesAnswer, left: string, right: string): Line[] {
  const lineOf = (name: string, axis: "left" | "right"): Line | null => {
    const series = answer.series.find((one) => one.name === name);
    if (series === undefined) return null;
    return { name, unit: series.unit, values: columnOf(answer, name).values, axis };
  };
  const one = lineOf(left, "left");
  const other = right === left ? null : lineOf(right, "right");
  const isSameUnit = one !== null && other !== null && one.unit === other.unit;
  if (isSameUnit) other.axis = "left"; // two scales for one unit would lie
  return [one, other].filter((line) => line !== null);
}

// Flushes, and changes of plan and state, which explain what the lines do.
function useMarkers(cacheId: number): Marker[] {
  const flushes = useOfCache<{ flushes: Flush[] }>(cacheId, "/flushes", 30_000);
  const audit = useGet<{ rows: AuditRow[] }>(`/audit?cache=${cacheId}&limit=200`, 30_000);
  return useMemo(() => {
    const flushed = flushes.data?.flushes.map(({ at }) => ({ at, text: "flush" })) ?? [];
    const changed = audit.data?.rows.flatMap(markerOf) ?? [];
    return [...flushed, ...changed];
  }, [flushes.data, audit.data]);
}

function markerOf({ at, after }: AuditRow): Marker[] {
  if (after === null || typeof after !== "object") return [];
  if ("plan" in after) return [{ at, text: `plan ${planName(String(after["plan"]))}` }];
  if ("enabled" in after) return [{ at, text: after["enabled"] === true ? "enabled" : "disabled" }];
  return [];
}

function download(csv: string, name: string) {
  const url = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
