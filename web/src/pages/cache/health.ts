// Whether a cache is healthy, why not, and what mends it: facts in, plain sentences out. The bounds stand
// in one table, each with its reason.
import type { Cache, Live, MissRatioCurve, Plan } from "../../api/types";
import { bytes, percent, planSize, rateNumber, shortCount } from "../../format";

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
  live: Live | null;
  lastHour: Hour | null;
  curve: MissRatioCurve | null;
  plans: Plan[];
}

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

export const BOUNDS = {
  evictionsAMinute: 1, // fewer is a cache that is just full
  goodHitRate: 0.8,
  poorHitRate: 0.5,
  readsASecond: 0.2, // below, a hit rate is an accident
  minutesRead: 5, // fewer tell of how a cache began
  newConnectionsASecond: 10, // more is an application that connects for each request
  failedLoginsAMinute: 1,
  connectionsShare: 0.8, // of what the plan allows
};

const ORDER: Severity[] = ["bad", "warn", "info"];

export function findings(facts: Facts): Finding[] {
  const { cache } = facts;
  if (!cache.enabled) return [disabled(cache)];
  if (cache.usage === null) return [noAnswer()];
  const all = [unused(facts), evicting(facts), missing(facts), reconnecting(facts), refused(facts), crowded(facts)];
  return all
    .filter((one) => one !== null)
    .sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
}

function disabled(cache: Cache): Finding {
  const why = {
    idle: "Nobody used it for 30 days, so it was disabled. Enabled again, it stays for another 30.",
    operator: "The operator of this service disabled it. Ask there.",
    owner: "Somebody of your team disabled it.",
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
    title: "Its node does not answer",
    text: "Clients most likely see misses or errors. It is looked at again every few seconds.",
  };
}

function unused({ cache, live, lastHour }: Facts): Finding | null {
  const held = live?.stats["curr_items"] ?? cache.usage?.items ?? 0;
  const open = live?.stats["curr_connections"] ?? cache.usage?.connections ?? 0;
  if (held > 0 || open > 0 || (lastHour?.request_rate ?? 0) > 0) return null;
  return {
    id: "unused",
    severity: "info",
    title: "Nothing uses this cache yet",
    text: "Give your application its three variables; the first request shows here within seconds.",
    mend: { label: "Connect", to: "connect" },
  };
}

function evicting(facts: Facts): Finding | null {
  const { lastHour, live, curve, cache } = facts;
  const now = live?.series["eviction_rate"] ?? null;
  const aMinute = 60 * Math.max(lastHour?.eviction_rate ?? 0, now ?? 0);
  if (aMinute < BOUNDS.evictionsAMinute) return null;
  const told = `${shortCount(Math.round(aMinute))} items a minute`;
  const hasEnded = now !== null && 60 * now < BOUNDS.evictionsAMinute;
  const isKnown = curve !== null && hasEnoughReads(curve);
  const better = isKnown ? betterPlan(facts) : null;
  const finding: Finding = {
    id: "evicting",
    severity: hurts(lastHour) && !hasEnded ? "bad" : "warn",
    title: hasEnded ? `Evicted ${told} on average of the last hour, none at the moment` : `Evicting ${told}`,
    text: `A full cache removes what was not used for long. It holds ${bytes(cache.limit_bytes)} at most.`,
  };
  if (better !== null) {
    finding.text =
      `At ${planSize(better.plan.size_mib)} the expected hit rate is ` +
      `${percent(better.hitRate)} instead of ${percent(curve?.hit_rate)}.`;
    finding.mend = {
      label: `Change to ${better.plan.slug}`,
      to: `settings?plan=${encodeURIComponent(better.plan.slug)}`,
    };
  } else if (isKnown) {
    finding.text += " A larger plan is not expected to help much: what is evicted is rarely asked for again.";
    finding.mend = { label: "See the curve", to: "insight" };
  }
  return finding;
}

function hurts(hour: Hour | null): boolean {
  return hour !== null && isJudged(hour) && (hour.hit_rate ?? 1) < BOUNDS.goodHitRate;
}

export const READS_MIN = 1000; // fewer tell little

export function hasEnoughReads(curve: MissRatioCurve): boolean {
  return curve.hit_rate !== null && curve.reads >= READS_MIN;
}

const WORTH_IT = 0.01; // a gain of hit rate for which one pays

// The smallest plan whose hit rate is near what the largest would bring.
export function betterPlan({ curve, plans, cache }: Facts) {
  if (curve?.hit_rate == null) return null;
  const present = curve.hit_rate;
  const larger = curve.plans.filter((one) => one.memory_bytes > cache.limit_bytes && one.plan);
  const best = Math.max(...larger.map((one) => one.hit_rate), 0);
  if (best - present < WORTH_IT) return null;
  const enough = larger.find((one) => one.hit_rate >= best - (best - present) * 0.1);
  const plan = plans.find((one) => one.slug === enough?.plan);
  return enough && plan ? { plan, hitRate: enough.hit_rate } : null;
}

// Whether the hour's hit rate tells of the cache: its first minutes only tell that it was empty.
export function isJudged(hour: Hour): boolean {
  return hour.minutes_read >= BOUNDS.minutesRead;
}

function missing({ lastHour }: Facts): Finding | null {
  const hitRate = lastHour?.hit_rate ?? null;
  if (lastHour === null || hitRate === null || !isJudged(lastHour)) return null;
  if ((lastHour.get_rate ?? 0) < BOUNDS.readsASecond) return null;
  if (hitRate >= BOUNDS.goodHitRate) return null;
  const isPoor = hitRate < BOUNDS.poorHitRate;
  return {
    id: "missing",
    severity: isPoor ? "bad" : "warn",
    title: `${percent(1 - hitRate)} of reads miss`,
    text: "The keys that are missed most tell why: never stored, expired too soon, or evicted.",
    mend: { label: "See the missed keys", to: "insight" },
  };
}

function reconnecting({ lastHour }: Facts): Finding | null {
  const aSecond = lastHour?.connection_rate ?? 0;
  if (aSecond <= BOUNDS.newConnectionsASecond) return null;
  return {
    id: "reconnecting",
    severity: "warn",
    title: `${rateNumber(aSecond)} new connections a second`,
    text: "Your application seems to connect for each request, which costs more than the request. Keep connections open, or share a pool.",
    mend: { label: "How to connect", to: "connect" },
  };
}

function refused({ lastHour }: Facts): Finding | null {
  const aMinute = 60 * (lastHour?.auth_errors_rate ?? 0);
  if (aMinute < BOUNDS.failedLoginsAMinute) return null;
  return {
    id: "refused",
    severity: "warn",
    title: `${shortCount(Math.round(aMinute))} logins a minute fail`,
    text: "Some client still has an old username or password.",
    mend: { label: "Look at the credentials", to: "credentials" },
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
    text: "More than the plan allows are refused. A larger plan allows more; a pool needs fewer.",
    mend: { label: "Change the plan", to: "settings" },
  };
}
