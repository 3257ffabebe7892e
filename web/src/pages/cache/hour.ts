// Columns of an answer with series, and their means over the time that it covers.
import type { SeriesAnswer } from "../../api/types";

const HOUR = 3600;

// Means over the last hour; null where nothing is known.
export interface Hour {
  minutes_read: number; // points with a hit rate
  hit_rate: number | null;
  get_rate: number | null;
  request_rate: number | null;
  eviction_rate: number | null;
  connection_rate: number | null;
  auth_errors_rate: number | null;
  bytes: number | null;
}

export interface Column {
  values: (number | null)[];
}

export function columnOf(answer: SeriesAnswer | undefined, name: string): Column {
  const at = answer?.series.findIndex((series) => series.name === name) ?? -1;
  if (answer === undefined || at < 0) return { values: [] };
  return { values: answer.points.map((point) => point[at + 1] ?? null) };
}

// The hour before `end` whole, with nothing where nothing is known, so that lines side by side have one axis.
export function hourColumnOf(answer: SeriesAnswer | undefined, name: string): Column {
  if (answer === undefined) return { values: [] };
  const { end, step_seconds: step } = answer;
  const first = Math.ceil((end - HOUR) / step) * step;
  const length = Math.max(0, Math.ceil((end - first) / step));
  const values: (number | null)[] = Array.from({ length }, () => null);
  const known = columnOf(answer, name).values;
  timesOf(answer).forEach((time, index) => {
    const at = Math.round((time - first) / step);
    if (at >= 0 && at < length) values[at] = known[index] ?? null;
  });
  return { values };
}

export function timesOf(answer: SeriesAnswer): number[] {
  return answer.points.map((point) => point[0] ?? 0);
}

export function secondsKnown(answer: SeriesAnswer, name: string): number {
  return answer.step_seconds * columnOf(answer, name).values.filter((one) => one !== null).length;
}

export function meanOf(values: (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
}

// Weighed by how much was read: a minute with one read must not count as one with a thousand.
export function hitRateOf(rates: (number | null)[], reads: (number | null)[]): number | null {
  let hits = 0;
  let all = 0;
  rates.forEach((rate, index) => {
    const weight = reads[index] ?? 0;
    if (rate === null) return;
    hits += rate * weight;
    all += weight;
  });
  return all > 0 ? hits / all : null;
}

export function hourOf(answer: SeriesAnswer): Hour {
  const mean = (name: string) => meanOf(columnOf(answer, name).values);
  const hitRates = columnOf(answer, "hit_rate").values;
  return {
    minutes_read: hitRates.filter((one) => one !== null).length,
    hit_rate: hitRateOf(hitRates, columnOf(answer, "get_rate").values),
    get_rate: mean("get_rate"),
    request_rate: mean("request_rate"),
    eviction_rate: mean("eviction_rate"),
    connection_rate: mean("connection_rate"),
    auth_errors_rate: mean("auth_errors_rate"),
    bytes: mean("bytes"),
  };
}
