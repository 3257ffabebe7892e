// How long a cache's requests take on the server, over time: a value for each step, null where nothing was asked.
// Of several servers the slowest counts: it is the one that somebody waits for.
import { useQuery } from "@tanstack/react-query";
import { query, request } from "../../api/client";
import { cacheKey, isoOf } from "../../api/queries";
import type { Latency, LatencyAnswer } from "../../api/types";

type Values = (number | null)[];

export interface LatencyLines {
  start: number;
  end: number;
  times: number[];
  mean: Values;
  p50: Values;
  p99: Values;
}

export function linesOfLatency({ start, end, step_seconds: step, servers }: LatencyAnswer): LatencyLines {
  const first = Math.ceil(start / step) * step;
  const length = Math.max(0, Math.ceil((end - first) / step));
  const times = Array.from({ length }, (_, index) => first + index * step);
  const column = (at: number): Values => {
    const values: Values = times.map(() => null);
    for (const point of servers.flatMap(({ points }) => points)) {
      const index = Math.round(((point[0] ?? 0) - first) / step);
      if (index >= 0 && index < length) values[index] = larger(values[index], point[at]);
    }
    return values;
  };
  return { start, end, times, mean: column(1), p50: column(2), p99: column(3) };
}

function larger(one: number | null | undefined, other: number | null | undefined): number | null {
  return one == null || other == null ? (one ?? other ?? null) : Math.max(one, other);
}

// Of this moment, of the server with the highest p99.
export function slowest(servers: Latency[] | undefined): Latency | null {
  const known = servers?.filter((one) => one.p99_ns !== null) ?? [];
  return known.reduce<Latency | null>(
    (most, one) => ((one.p99_ns ?? 0) > (most?.p99_ns ?? -1) ? one : most),
    null,
  );
}

interface Span {
  start: number;
  end: number;
}

// The last `seconds`, or a span that is looked at more closely.
export function useLatency(cacheId: number, seconds: number, zoom: Span | null = null) {
  return useQuery({
    queryKey: [...cacheKey(cacheId), "latency", seconds, zoom],
    queryFn: ({ signal }) => {
      const end = zoom?.end ?? Math.floor(Date.now() / 1000);
      const window = { start: isoOf(zoom?.start ?? end - seconds), end: isoOf(end) };
      return request<LatencyAnswer>(`/caches/${cacheId}/latency${query(window)}`, { signal });
    },
    select: linesOfLatency,
    refetchInterval: zoom !== null ? false : seconds <= 86_400 ? 30_000 : 300_000,
    placeholderData: (before) => before,
  });
}
