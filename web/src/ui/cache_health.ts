// The health of a cache in a word, for lists of them: judged on its newest minutes, as its own page does.
// A word has a rank, so that what needs somebody comes first.
import type { ActiveCache, Cache } from "../api/types";
import { joined, percent, shortCount } from "../format";
import { BOUNDS } from "../pages/cache/health";

export type HealthKind = "firing" | "no_answer" | "attention" | "disabled" | "ok" | "unknown";

export interface Health {
  kind: HealthKind;
  text: string;
  color: string;
  rank: number; // 0 is worst
  why: string; // in a sentence; empty: there is nothing to say
}

const STEPS_JUDGED = 2; // of five minutes, with requests: before, a cache only fills

// `lately`: what it did, undefined where it did nothing, and null as long as that is not known.
export function healthOf(cache: Cache, lately: ActiveCache | undefined | null): Health {
  if (!cache.enabled) return disabled(cache);
  if (cache.usage === null) {
    return { kind: "no_answer", text: "No answer", color: "red", rank: 1, why: "Its node does not answer." };
  }
  if (lately === null) return { kind: "unknown", text: "Running", color: "gray", rank: 5, why: "" };
  const firing = lately?.firing_alerts ?? 0;
  if (firing > 0) {
    const text = firing === 1 ? "Alert firing" : `${firing} alerts firing`;
    return { kind: "firing", text, color: "red", rank: 0, why: "Its overview says which." };
  }
  return (lately && attention(lately)) ?? { kind: "ok", text: "OK", color: "green", rank: 4, why: "" };
}

function disabled(cache: Cache): Health {
  const health = { kind: "disabled", rank: 3, why: "Clients cannot log in." } as const;
  if (cache.disabled_by === "idle") return { ...health, text: "Disabled: unused", color: "yellow" };
  if (cache.disabled_by === "operator") return { ...health, text: "Disabled by operator", color: "red" };
  return { ...health, text: "Disabled", color: "gray" };
}

function attention(lately: ActiveCache): Health | null {
  const { now } = lately;
  const health = { kind: "attention", text: "Attention", rank: 2 } as const;
  const hitRate = isJudged(lately) ? now.hit_rate : null;
  if (hitRate !== null && hitRate < BOUNDS.goodHitRate) {
    const color = hitRate < BOUNDS.poorHitRate ? "red" : "yellow";
    return { ...health, color, why: `${percent(1 - hitRate)} of reads miss.` };
  }
  const failed = 60 * (now.auth_errors_rate ?? 0);
  if (failed >= BOUNDS.failedLoginsAMinute) {
    return { ...health, color: "yellow", why: `${shortCount(Math.round(failed))} logins a minute fail.` };
  }
  return null;
}

export function isJudged({ now, request_rate: rates }: ActiveCache): boolean {
  const reads = (now.get_rate ?? 0) * now.seconds;
  return reads >= BOUNDS.readsJudged && rates.filter((rate) => (rate ?? 0) > 0).length >= STEPS_JUDGED;
}

// "8 in all · 1 alert firing · 2 need attention"
export function summaryOf(all: Health[]): string {
  const of = (kind: HealthKind) => all.filter((one) => one.kind === kind).length;
  const parts = [`${shortCount(all.length)} in all`];
  const add = (kind: HealthKind, one: string, several: string) => {
    const count = of(kind);
    if (count > 0) parts.push(`${shortCount(count)} ${count === 1 ? one : several}`);
  };
  add("firing", "with a firing alert", "with firing alerts");
  add("no_answer", "does not answer", "do not answer");
  add("attention", "needs attention", "need attention");
  add("disabled", "disabled", "disabled");
  return joined(parts);
}
