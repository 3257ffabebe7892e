// Whether a cache is healthy at this moment, why not, and what mends it: facts in, plain sentences out. It
// is judged on now; what was in the last hour and is over is told with its beginning and its end. The bounds
// stand in one table, each with its reason. How big the cache should be is the service's advice, in words.
import type { Alert, AlertEvent, AlertTrigger, Cache, Live, MissRatioCurve, Plan, SeriesAnswer } from "../../api/types";
import { bytes, clockTime, count, percent, planName, rateNumber, shortCount } from "../../format";
import { conditionOf, withUnit } from "../../ui/alerts/condition";
import type { Hour } from "./hour";
import { type Episode, episodes, type Now } from "./now";

export type Severity = "bad" | "warn" | "info";

export interface Finding {
  id: string;
  severity: Severity;
  title: string;
  text: string;
  // What mends it: an act of this page, or the address below the cache that leads there.
  mend?: { label: string; act: "enable" } | { label: string; to: string };
}

export interface Facts {
  cache: Cache;
  now: Now | null;
  live: Live | null;
  lastHour: Hour | null;
  minutes: SeriesAnswer | undefined; // of the last hour
  curve: MissRatioCurve | null;
  plans: Plan[];
  alerts: Alert[];
  triggers: AlertTrigger[];
  events: AlertEvent[]; // of the alerts, the newest first
}

export const BOUNDS = {
  evictionsAMinute: 1, // fewer is a cache that is just full
  goodHitRate: 0.8,
  poorHitRate: 0.5,
  readsJudged: 60, // fewer make a hit rate that is an accident
  minutesRead: 5, // fewer tell of how a cache began
  newConnectionsASecond: 10, // more is an application that connects for each request
  failedLoginsAMinute: 1,
  connectionsShare: 0.8, // of what the plan allows
  readsAMinute: 12, // a minute with fewer is no part of a dip
  dip: 0.1, // of the hit rate, below what the hour's better half had
};

const ORDER: Severity[] = ["bad", "warn", "info"];

export function findings(facts: Facts): Finding[] {
  const { cache } = facts;
  if (!cache.enabled) return [disabled(cache)];
  if (cache.usage === null) return [noAnswer()];
  const present = [unused(facts), missing(facts), evicting(facts), reconnecting(facts), refused(facts), crowded(facts)]
    .filter((one) => one !== null)
    .sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
  return [...firing(facts), ...present, ...dips(facts)];
}

function disabled(cache: Cache): Finding {
  const why = {
    idle: "Nobody used it for 30 days, so the service disabled it. If you enable it, it stays for another 30.",
    operator: "The operator of this service disabled it. Please ask them.",
    owner: "Somebody in your team disabled it.",
  };
  const finding: Finding = {
    id: "disabled",
    severity: "bad",
    title: "Clients cannot log in: this cache is disabled",
    text: why[cache.disabled_by ?? "owner"],
  };
  if (cache.disabled_by !== "operator") finding.mend = { label: "Enable it", act: "enable" };
  return finding;
}

function noAnswer(): Finding {
  return {
    id: "no-answer",
    severity: "bad",
    title: "The node of this cache does not answer",
    text: "Clients most likely see misses or errors. This page checks again every few seconds.",
  };
}

// The series that shows what an alert watches.
const CHARTS: Record<string, string> = {
  hit_rate: "hit_rate",
  memory_usage: "bytes",
  eviction_rate: "eviction_rate",
  connection_usage: "connections",
  auth_error_rate: "auth_errors_rate",
};

function firing({ alerts, triggers, events }: Facts): Finding[] {
  return alerts
    .filter((alert) => alert.enabled && alert.state === "firing")
    .map((alert) => {
      const fired = events.find((event) => event.alert_id === alert.id && event.type === "fired");
      const unit = triggers.find((one) => one.trigger_type === alert.trigger_type)?.unit ?? "";
      const value = fired?.value == null ? "" : ` It was ${withUnit(Number(fired.value.toFixed(1)), unit)} when it fired.`;
      const note = alert.description === "" ? "" : ` Note: ${alert.description}.`;
      const chart = CHARTS[alert.trigger_type] ?? "hit_rate";
      return {
        id: `alert-${alert.id}`,
        severity: "bad",
        title: `Alert: ${conditionOf(alert, triggers)}`,
        text: `Firing since ${clockTime(alert.state_since)}.${value}${note}`,
        mend: { label: "See the chart", to: `analytics?left=${chart}&right=&window=3600` },
      };
    });
}

function unused({ cache, live, lastHour }: Facts): Finding | null {
  const held = live?.stats["curr_items"] ?? cache.usage?.items ?? 0;
  const open = live?.stats["curr_connections"] ?? cache.usage?.connections ?? 0;
  if (held > 0 || open > 0 || (lastHour?.request_rate ?? 0) > 0) return null;
  return {
    id: "unused",
    severity: "info",
    title: "Nothing uses this cache yet",
    text: "Give your application its three variables. The first request shows up here within seconds.",
    mend: { label: "Connect", to: "connect" },
  };
}

// Whether the hit rate tells of the cache: its first minutes only tell that it was empty.
export function isJudged(hour: Hour | null): boolean {
  return hour !== null && hour.minutes_read >= BOUNDS.minutesRead;
}

// The hit rate of now, where it is one to judge by.
export function judgedHitRate({ now, lastHour }: Pick<Facts, "now" | "lastHour">): number | null {
  if (now === null || !isJudged(lastHour) || now.reads < BOUNDS.readsJudged) return null;
  return now.hit_rate;
}

function missing(facts: Facts): Finding | null {
  const hitRate = judgedHitRate(facts);
  if (hitRate === null || hitRate >= BOUNDS.goodHitRate) return null;
  const since = sinceWhen(lowMinutes(facts, BOUNDS.goodHitRate), facts.minutes);
  return {
    id: "missing",
    severity: hitRate < BOUNDS.poorHitRate ? "bad" : "warn",
    title: `${percent(1 - hitRate)} of reads miss${since}`,
    text: "The keys that are missed most tell why: never stored, expired too soon, or evicted.",
    mend: { label: "See the missed keys", to: "insight" },
  };
}

function lowMinutes({ minutes }: Facts, bound: number): Episode[] {
  return episodes(minutes, "hit_rate", (value, index) => value < bound && readsAMinute(minutes, index) >= BOUNDS.readsAMinute);
}

function readsAMinute(minutes: SeriesAnswer | undefined, index: number): number {
  const at = minutes?.series.findIndex(({ name }) => name === "get_rate") ?? -1;
  return at < 0 ? 0 : 60 * (minutes?.points[index]?.[at + 1] ?? 0);
}

// " since 12:41"; nothing where it began just now, or before the hour that is known.
function sinceWhen(found: Episode[], minutes: SeriesAnswer | undefined): string {
  const last = found.at(-1);
  const first = minutes?.points[0]?.[0] ?? 0;
  if (last === undefined || last.isOver || last.from <= first) return "";
  return ` since ${clockTime(last.from)}`;
}

// What dipped in the last hour and recovered, the latest first.
const DIPS_TOLD = 2;

function dips(facts: Facts): Finding[] {
  const usual = usualHitRate(facts.minutes);
  if (usual === null || !isJudged(facts.lastHour)) return [];
  const first = facts.minutes?.points[0]?.[0] ?? 0;
  return lowMinutes(facts, usual - BOUNDS.dip)
    .filter(({ isOver, from }) => isOver && from > first)
    .slice(-DIPS_TOLD)
    .reverse()
    .map(({ from, until, worst }) => ({
      id: `dip-${from}`,
      severity: "info",
      title: `The hit rate dipped to ${percent(worst, 0)} from ${clockTime(from)} to ${clockTime(until)} and recovered`,
      text: `Before and after, it was about ${percent(usual, 0)}.`,
      mend: { label: "See the chart", to: "analytics?left=hit_rate&right=request_rate&window=3600" },
    }));
}

// What the better half of the hour's minutes had at least.
function usualHitRate(minutes: SeriesAnswer | undefined): number | null {
  const at = minutes?.series.findIndex(({ name }) => name === "hit_rate") ?? -1;
  if (minutes === undefined || at < 0) return null;
  const known = minutes.points
    .map((point, index) => (readsAMinute(minutes, index) >= BOUNDS.readsAMinute ? (point[at + 1] ?? null) : null))
    .filter((value) => value !== null)
    .sort((one, other) => one - other);
  return known[Math.floor(known.length / 2)] ?? null;
}

function evicting(facts: Facts): Finding | null {
  const { now, curve, plans, cache } = facts;
  const aMinute = 60 * (now?.eviction_rate ?? 0);
  if (aMinute < BOUNDS.evictionsAMinute) return null;
  const advice = curve === null ? null : adviceOf(curve, plans);
  const hitRate = judgedHitRate(facts);
  const hurts = hitRate !== null && hitRate < BOUNDS.goodHitRate;
  const began = episodes(facts.minutes, "eviction_rate", (value) => 60 * value >= BOUNDS.evictionsAMinute, "more");
  const finding: Finding = {
    id: "evicting",
    severity: hurts ? "bad" : advice?.slug != null && curve?.advice.kind === "larger" ? "warn" : "info",
    title: `Evicting ${shortCount(Math.round(aMinute))} items a minute${sinceWhen(began, facts.minutes)}`,
    text: `It is full at ${bytes(cache.limit_bytes)}, so it removes what was not used for longest.`,
  };
  // Advice of a minute ago, when nothing was evicted yet.
  if (advice === null || curve?.advice.reason === "fits") return finding;
  finding.text += ` ${advice.text}`;
  if (curve?.advice.kind === "larger" && advice.slug !== null) {
    finding.mend = {
      label: `Change to ${planName(advice.slug)}`,
      to: `settings?plan=${encodeURIComponent(advice.slug)}`,
    };
  } else {
    finding.mend = { label: "See the curve", to: "insight" };
  }
  return finding;
}

export interface Advice {
  slug: string | null; // null: stay
  text: string;
}

// The service's advice on the size, as one tells it. Each page that tells it tells it by this.
export function adviceOf(curve: MissRatioCurve, plans: Plan[], clock = Date.now() / 1000): Advice {
  const { advice } = curve;
  const slug = advice.plan;
  const plan = plans.find((one) => one.slug === slug);
  const size = slug === null ? "" : planName(slug, plan?.limit_bytes);
  const sure = advice.margin === null ? "" : ` (±${points(advice.margin)}, from ${shortCount(curve.reads)} reads)`;
  switch (advice.kind) {
    case "measuring":
      return { slug: null, text: whenReady(curve, clock) };
    case "larger":
      return {
        slug,
        text: `At ${size}, expect a hit rate of about ${percent(advice.hit_rate)} instead of ${percent(curve.hit_rate)}${sure}.`,
      };
    case "smaller":
      return { slug, text: `${size} would do: expect a hit rate of about ${percent(advice.hit_rate)}, for less.` };
    case "stay":
      return { slug: null, text: STAY[advice.reason ?? "fits"] };
  }
}

const STAY = {
  fits: "This size fits: nothing has to be evicted.",
  no_gain: "A larger plan is not expected to help: what is evicted is rarely asked for again.",
  uncertain: "A larger plan may help, but there are not enough reads yet to be sure.",
};

export function whenReady(curve: MissRatioCurve, clock = Date.now() / 1000): string {
  if (curve.ready_at === null) return "The curve begins with the first reads after the last resize.";
  if (curve.ready_at > clock) {
    return `The plan was changed, so the curve is measured again: ready about ${clockTime(curve.ready_at)}.`;
  }
  return `The curve is made of ${count(curve.reads)} reads so far; ${count(curve.reads_needed)} make it worth showing.`;
}

export function isMeasured(curve: MissRatioCurve): boolean {
  return curve.advice.kind !== "measuring";
}

// 0.0126 -> "1.3 points": of a rate in percent.
function points(margin: number): string {
  const value = 100 * margin;
  return `${value < 0.1 ? "0.1" : rateNumber(Number(value.toFixed(1)))} points`;
}

function reconnecting({ now, minutes }: Facts): Finding | null {
  const aSecond = now?.connection_rate ?? 0;
  if (aSecond <= BOUNDS.newConnectionsASecond) return null;
  const began = episodes(minutes, "connection_rate", (value) => value > BOUNDS.newConnectionsASecond, "more");
  return {
    id: "reconnecting",
    severity: "warn",
    title: `${rateNumber(aSecond)} new connections a second${sinceWhen(began, minutes)}`,
    text: "Your application seems to open a connection for each request, which costs more than the request itself. Keep connections open, or share a pool.",
    mend: { label: "How to connect", to: "connect" },
  };
}

function refused({ now, minutes }: Facts): Finding | null {
  const aMinute = 60 * (now?.auth_errors_rate ?? 0);
  if (aMinute < BOUNDS.failedLoginsAMinute) return null;
  const began = episodes(minutes, "auth_errors_rate", (value) => 60 * value >= BOUNDS.failedLoginsAMinute, "more");
  return {
    id: "refused",
    severity: "warn",
    title: `${shortCount(Math.round(aMinute))} logins a minute fail${sinceWhen(began, minutes)}`,
    text: "A client still uses an old username or password.",
    mend: { label: "Check the credentials", to: "credentials" },
  };
}

function crowded({ cache, live, plans }: Facts): Finding | null {
  const allowed = plans.find((plan) => plan.slug === cache.plan)?.connections_max ?? 0;
  const open = live?.stats["curr_connections"] ?? cache.usage?.connections ?? 0;
  if (allowed === 0 || open < allowed * BOUNDS.connectionsShare) return null;
  return {
    id: "crowded",
    severity: open >= allowed ? "bad" : "warn",
    title: `${shortCount(open)} of ${shortCount(allowed)} connections are open`,
    text: "The plan allows no more than that; further ones are refused. A larger plan allows more, a pool needs fewer.",
    mend: { label: "Change the plan", to: "settings" },
  };
}

// The one sentence where there is nothing else to say.
export function verdict({ now, lastHour }: Pick<Facts, "now" | "lastHour">): { title: string; text: string; isKnown: boolean } {
  if (lastHour === null) {
    return { isKnown: false, title: "No verdict", text: "The history of the last hour is not available right now." };
  }
  const isRead = lastHour.hit_rate !== null || (now?.get_rate ?? 0) > 0;
  if (isRead && !isJudged(lastHour)) {
    return {
      isKnown: false,
      title: "No verdict yet",
      text: `The hit rate is judged after ${BOUNDS.minutesRead} minutes with reads. Nothing else needs your attention.`,
    };
  }
  const hitRate = judgedHitRate({ now, lastHour });
  const text = hitRate === null ? "Nothing needs your attention." : `${percent(hitRate)} of reads hit. Nothing needs your attention.`;
  return { isKnown: true, title: "Healthy", text };
}
