// What a row of the list of caches shows, found by words and put in order.
import type { Activity, Cache } from "../api/types";
import { planName } from "../format";
import { type Health, healthOf, isJudged } from "../ui/cache_health";

export interface CacheRow {
  cache: Cache;
  health: Health;
  hitRate: number | null; // of the last minutes
  isJudged: boolean; // there are reads enough for a colour
  hourHitRate: number | null;
  requestRate: number | null; // of the last step that is whole
  requests: (number | null)[]; // of the last hour
}

export type SortKey = "name" | "team" | "health" | "usage" | "hit_rate" | "request_rate";

export interface Sorting {
  by: SortKey;
  isDescending: boolean;
}

export function rowsOf(caches: Cache[], activity: Activity | undefined): CacheRow[] {
  const known = new Map(activity?.caches.map((one) => [one.id, one]));
  return caches.map((cache) => {
    const lately = known.get(cache.id);
    const requests = lately?.request_rate ?? [];
    const latest = requests.filter((one) => one !== null).at(-1) ?? null;
    return {
      cache,
      health: healthOf(cache, activity === undefined ? null : lately),
      hitRate: lately?.now.hit_rate ?? null,
      isJudged: lately !== undefined && isJudged(lately),
      hourHitRate: lately?.hit_rate ?? null,
      requestRate: activity === undefined ? null : (latest ?? 0),
      requests,
    };
  });
}

export function sorted(rows: CacheRow[], text: string, { by, isDescending }: Sorting): CacheRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    const { id, name, short_name, plan, limit_bytes, region } = row.cache;
    const facts = [name, id, short_name, planName(plan, limit_bytes), region, row.health.text, teamOf(row.cache)];
    const said = facts.join(" ").toLowerCase();
    return words.every((word) => said.includes(word));
  });
  const sign = isDescending ? -1 : 1;
  return found.sort((one, other) => {
    const order = sign * compare(valueOf(one, by), valueOf(other, by));
    return order !== 0 ? order : one.cache.name.localeCompare(other.cache.name);
  });
}

function valueOf(row: CacheRow, by: SortKey): string | number {
  switch (by) {
    case "name":
      return row.cache.name.toLowerCase();
    case "team":
      return teamOf(row.cache).toLowerCase();
    case "health":
      return row.health.rank;
    case "usage":
      return (row.cache.usage?.bytes ?? -1) / row.cache.limit_bytes;
    case "hit_rate":
      return row.hitRate ?? -1;
    case "request_rate":
      return row.requestRate ?? -1;
  }
}

// What no team has is the operator's own.
export function teamOf({ team, team_name }: Cache): string {
  return team === null ? "" : (team_name ?? `team ${team}`);
}

// Whose a cache is need only be told where it is not always the same.
export function hasSeveralTeams(caches: Cache[]): boolean {
  return caches.some(({ team }) => team !== caches[0]?.team);
}

function compare(one: string | number, other: string | number): number {
  if (typeof one === "string" || typeof other === "string") {
    return String(one).localeCompare(String(other), "en", { numeric: true });
  }
  return one - other;
}
