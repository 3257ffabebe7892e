// What a cache does now, and when what it does began and ended. Now is the last minute of the live stream
// once it is there, and before that the newest minutes of the history; both are worked out of sums, so that
// a minute with a thousand reads counts a thousand times as much as one with a single read.
import type { Live, SeriesAnswer } from "../../api/types";
import { columnOf, hitRateOf, meanOf, timesOf } from "./hour";

// Means over a short time; null where nothing is known.
export interface Now {
  seconds: number;
  reads: number; // in that time
  hit_rate: number | null;
  get_rate: number | null;
  request_rate: number | null;
  eviction_rate: number | null;
  connection_rate: number | null;
  auth_errors_rate: number | null;
}

const LIVE_SECONDS = 60;
const LIVE_SECONDS_MIN = 40; // less of the stream says less than the history's newest minutes
const HISTORY_MINUTES = 3;
const HISTORY_AGE_MAX = 240; // seconds; what is older is not now

// The stream's last minute, the oldest first.
export function remembered(looks: Live[], next: Live): Live[] {
  const last = looks.at(-1);
  // Counters were taken back: what was before cannot be compared with.
  const isAnew = last !== undefined && (next.stats["get_hits"] ?? 0) < (last.stats["get_hits"] ?? 0);
  if (isAnew || next.time < (last?.time ?? 0)) return [next];
  return [...looks.filter(({ time }) => next.time - time <= LIVE_SECONDS), next];
}

export function nowOf(looks: Live[], series: SeriesAnswer | undefined): Now | null {
  return ofStream(looks) ?? (series === undefined ? null : ofHistory(series));
}

function ofStream(looks: Live[]): Now | null {
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) return null;
  const seconds = last.time - first.time;
  if (seconds < LIVE_SECONDS_MIN) return null;
  const grown = (name: string) => Math.max(0, (last.stats[name] ?? 0) - (first.stats[name] ?? 0));
  const hits = grown("get_hits");
  const reads = hits + grown("get_misses");
  return {
    seconds,
    reads,
    hit_rate: reads === 0 ? null : hits / reads,
    get_rate: reads / seconds,
    request_rate: meanOf(looks.map((look) => look.series["request_rate"] ?? null)),
    eviction_rate: grown("evictions") / seconds,
    connection_rate: grown("total_connections") / seconds,
    auth_errors_rate: grown("auth_errors") / seconds,
  };
}

function ofHistory(answer: SeriesAnswer): Now | null {
  const times = timesOf(answer);
  const from = times.findIndex((time) => time >= answer.end - HISTORY_AGE_MAX);
  if (from < 0) return null;
  const newest = (name: string) => columnOf(answer, name).values.slice(Math.max(from, times.length - HISTORY_MINUTES));
  const gets = newest("get_rate");
  const mean = (name: string) => meanOf(newest(name));
  return {
    seconds: gets.length * answer.step_seconds,
    reads: gets.reduce<number>((sum, rate) => sum + (rate ?? 0) * answer.step_seconds, 0),
    hit_rate: hitRateOf(newest("hit_rate"), gets),
    get_rate: mean("get_rate"),
    request_rate: mean("request_rate"),
    eviction_rate: mean("eviction_rate"),
    connection_rate: mean("connection_rate"),
    auth_errors_rate: mean("auth_errors_rate"),
  };
}

// A time in which something held: from its first minute to the end of its last one.
export interface Episode {
  from: number;
  until: number;
  isOver: boolean;
  worst: number; // the value farthest from good
}

const MINUTES_BETWEEN = 2; // fewer good minutes do not end it

// `isBad` tells of a minute's value; minutes without one are passed over. Smaller values are worse where
// `worse` is "less".
export function episodes(
  answer: SeriesAnswer | undefined,
  name: string,
  isBad: (value: number, index: number) => boolean,
  worse: "less" | "more" = "less",
): Episode[] {
  if (answer === undefined) return [];
  const times = timesOf(answer);
  const { values } = columnOf(answer, name);
  const step = answer.step_seconds;
  const found: Episode[] = [];
  let goodMinutes = 0;
  values.forEach((value, index) => {
    const time = times[index] ?? 0;
    if (value === null) return;
    const running = found.at(-1);
    if (!isBad(value, index)) {
      goodMinutes += 1;
      if (running !== undefined && goodMinutes >= MINUTES_BETWEEN) running.isOver = true;
      return;
    }
    goodMinutes = 0;
    if (running === undefined || running.isOver) {
      found.push({ from: time, until: time + step, isOver: false, worst: value });
      return;
    }
    running.until = time + step;
    running.worst = worse === "less" ? Math.min(running.worst, value) : Math.max(running.worst, value);
  });
  const last = found.at(-1);
  // One good minute at the very end has not ended it yet, but what nobody asked about any more has.
  if (last !== undefined && answer.end - last.until > HISTORY_AGE_MAX) last.isOver = true;
  return found;
}
