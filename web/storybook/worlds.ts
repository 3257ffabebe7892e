// Canned data for four states of a service: empty, normal, degraded, huge; none for a stranger, nor where
// it does not answer.
// Everything follows from a fixed seed and a fixed shape of the day, so that pictures made of it can be
// compared.
import { random } from "../e2e/random.mjs";
import type { Activity, Cache, MissRatioCurve, Plan, SeriesAbout } from "../src/api/types";

export const WORLDS = ["stranger", "empty", "normal", "degraded", "huge", "unreachable"] as const;
export type WorldName = (typeof WORLDS)[number];

const MIB = 1024 * 1024;

const SIZES: [string, number, number, number][] = [
  ["dev", 25, 0, 500],
  ["100", 100, 1500, 1000],
  ["250", 250, 2500, 2000],
  ["500", 500, 4000, 4000],
  ["1000", 1000, 7000, 8000],
  ["2500", 2500, 16500, 12000],
  ["5000", 5000, 30000, 16000],
  ["10000", 10000, 55000, 24000],
];

export const PLANS: Plan[] = SIZES.map(([slug, mib, price, connections]) => ({
  slug,
  available: mib < 10_000,
  unavailable_reason: mib < 10_000 ? null : "this plan is larger than any node",
  size_mib: mib,
  limit_bytes: Math.round(mib * MIB * 1.1),
  price_minor_units: price,
  currency: "USD",
  kind: slug === "dev" ? "development" : "production",
  connections_max: connections,
  requests_per_second: 0,
  bytes_per_second: 0,
  manage_credentials: slug !== "dev",
  update_capabilities: true,
  several_servers: slug !== "dev",
}));

const NAMES = ["shop", "api", "sessions", "search", "blog", "checkout", "pages", "staging"];

function cacheOf(index: number, plan: Plan, now: number, change: Partial<Cache> = {}): Cache {
  const id = 100_001 + index;
  const next = random(id);
  const share = 0.3 + 0.6 * next();
  const name = index < NAMES.length ? (NAMES[index] ?? "") : `tenant-${String(index).padStart(4, "0")}`;
  const username = id.toString(16).toUpperCase();
  return {
    id,
    name,
    short_name: username.slice(-6),
    team: 1,
    team_name: "Ada's team",
    plan: plan.slug,
    kind: plan.kind,
    cluster: "main",
    region: "eu-west",
    enabled: true,
    disabled_by: null,
    limit_bytes: plan.limit_bytes,
    servers: ["mc1.example.org:11211", "mc2.example.org:11211"].slice(0, plan.several_servers ? 2 : 1),
    tls_servers: ["mc1.example.org:11219"],
    username,
    password: "b7d4e3a1905c4f6e8d2a7b9c1e0f3a55",
    credentials: [
      credentialOf(2 * id, username, { primary: true, last_used_at: now - 40 }),
      credentialOf(2 * id + 1, `${username}-reader`, { write: false, flush: false, api: false, own_port: 11_301 }),
    ],
    sso_path: `/sso/${id}/1c9f0e7d5b3a4826`,
    usage: {
      bytes: Math.round(plan.limit_bytes * share),
      items: Math.round((plan.limit_bytes * share) / 2100),
      connections: Math.round(4 + 40 * next()),
      hit_rate: 0.82 + 0.16 * next(),
    },
    created_at: 1_780_000_000 + 3600 * index,
    deleted_at: null,
    ...change,
  };
}

function credentialOf(id: number, username: string, change: Partial<Cache["credentials"][number]>) {
  return {
    id,
    username,
    password: "b7d4e3a1905c4f6e8d2a7b9c1e0f3a55",
    primary: false,
    write: true,
    flush: true,
    api: true,
    key_prefix: "",
    own_port: 0,
    own_port_networks: [],
    tls_client_name: "",
    tls_server_name: "",
    created_at: 1_780_000_000,
    last_used_at: null,
    ...change,
  };
}

function planAt(index: number): Plan {
  const plan = PLANS[index % PLANS.length];
  if (plan === undefined) throw new Error("there is no plan");
  return plan;
}

const TEAMS = ["Ada's team", "grace@example.org", "Checkout", "Search and recommendations", null];

function teamAt(index: number): Pick<Cache, "team" | "team_name"> {
  const at = Math.floor(index / 3) % TEAMS.length;
  const team_name = TEAMS[at] ?? null;
  return { team: team_name === null ? null : at + 1, team_name };
}

export function cachesOf(world: WorldName, now: number): Cache[] {
  switch (world) {
    case "stranger":
    case "empty":
    case "unreachable":
      return [];
    case "huge":
      return Array.from({ length: 2000 }, (_, index) => cacheOf(index, planAt((index * 7) % 8), now, teamAt(index)));
    case "normal":
      return NAMES.map((_, index) => cacheOf(index, planAt(index === 7 ? 0 : index + 1), now));
    case "degraded":
      return NAMES.map((_, index) => {
        const plan = planAt(index === 0 ? 1 : index);
        if (index === 3) return cacheOf(index, plan, now, { usage: null });
        if (index === 7) return cacheOf(index, planAt(0), now, { enabled: false, disabled_by: "idle" });
        const cache = cacheOf(index, plan, now);
        const bytes = Math.round(plan.limit_bytes * 0.998);
        return cache.usage ? { ...cache, usage: { ...cache.usage, bytes, hit_rate: 0.62 } } : cache;
      });
  }
}

const ABOUT: [string, SeriesAbout["kind"], string, string][] = [
  ["auth_errors_rate", "rate", "per second", "Authentication attempts that failed"],
  ["bytes", "level", "bytes", "Memory used"],
  ["bytes_read_rate", "rate", "bytes per second", "Bytes received from clients"],
  ["bytes_write_rate", "rate", "bytes per second", "Bytes sent to clients"],
  ["connection_rate", "rate", "per second", "New connections"],
  ["connections", "level", "connections", "Open connections"],
  ["eviction_rate", "rate", "per second", "Live items removed to make room"],
  ["get_rate", "rate", "per second", "Keys asked for"],
  ["hit_rate", "ratio", "ratio", "Share of keys asked for that were there"],
  ["items", "level", "items", "Items held"],
  ["request_rate", "rate", "per second", "Requests, each key of a get counted"],
  ["set_rate", "rate", "per second", "Storage commands, cas among them"],
];

export const SERIES: SeriesAbout[] = ABOUT.map(([name, kind, unit, help]) => ({
  name,
  kind,
  unit,
  formula: name,
  help,
}));

// A day with its noon and its night, and some noise.
export function valueAt(world: WorldName, name: string, time: number, cache: Cache): number {
  if (!cache.enabled && name.endsWith("_rate") && name !== "hit_rate") return 0;
  const next = random(Math.floor(time / 60) * 31 + name.length);
  const wave = 0.65 + 0.35 * Math.sin(((time % 86_400) / 86_400) * 2 * Math.PI - 1.2);
  const noise = 0.88 + 0.24 * next();
  const isBad = world === "degraded";
  const hasDip = world === "normal" && cache.id === 100_001 && time % 3600 >= 1860 && time % 3600 < 1980;
  const base: Record<string, number> = {
    auth_errors_rate: isBad ? 0.2 : 0,
    bytes: (cache.usage?.bytes ?? 0) * (0.97 + 0.03 * wave),
    bytes_read_rate: 310_000 * wave * noise,
    bytes_write_rate: 5_400_000 * wave * noise,
    connection_rate: (isBad ? 23 : 0.3) * noise,
    connections: Math.round((cache.usage?.connections ?? 0) * noise),
    eviction_rate: isBad ? 20 * wave * noise : 0,
    get_rate: 2600 * wave * noise,
    hit_rate: hasDip ? 0.41 : Math.min(0.995, (isBad ? 0.64 : 0.93) + 0.03 * wave + 0.01 * next()),
    items: (cache.usage?.items ?? 0) * (0.97 + 0.03 * wave),
    request_rate: 2900 * wave * noise,
    set_rate: 280 * wave * noise,
  };
  return base[name] ?? 0;
}

export function activityOf(world: WorldName, now: number): Activity {
  const start = Math.floor(now / 300) * 300 - 3300;
  const caches = cachesOf(world, now).map((cache) => {
    const next = random(cache.id);
    const size = next() ** 3;
    const latest = (name: string) => valueAt(world, name, now, cache);
    return {
      id: cache.id,
      now: {
        seconds: 300,
        hit_rate: cache.usage === null || !cache.enabled ? null : latest("hit_rate"),
        get_rate: latest("get_rate"),
        request_rate: latest("request_rate"),
        eviction_rate: latest("eviction_rate"),
        auth_errors_rate: world === "degraded" && cache.id % 3 === 1 ? latest("auth_errors_rate") : 0,
      },
      firing_alerts: world === "degraded" && cache.id === 100_001 ? 2 : 0,
      hit_rate: cache.usage?.hit_rate ?? null,
      request_rate: Array.from({ length: 12 }, (_, step) =>
        cache.enabled ? size * valueAt(world, "request_rate", start + step * 300, cache) * (0.8 + 0.4 * next()) : 0,
      ),
    };
  });
  return { start, step_seconds: 300, caches };
}

// At the present size it hits about as often as the canned counters say.
export function curveOf(world: WorldName, cache: Cache): MissRatioCurve {
  const isBad = world === "degraded";
  const reach = (isBad ? 95 : 30) * MIB;
  const best = 0.965;
  const hitRate = (bytes: number) => best * (1 - Math.exp(-bytes / reach));
  const points = Array.from({ length: 60 }, (_, index) => {
    const memory_bytes = Math.round(8 * MIB * 1.13 ** index);
    return { memory_bytes, miss_ratio: 1 - hitRate(memory_bytes) };
  });
  return {
    limit_bytes: cache.limit_bytes,
    reads: 48_230_117,
    reads_needed: 1_000,
    ready_at: 1_780_000_600,
    hit_rate: hitRate(cache.limit_bytes),
    points,
    sizes: [],
    plans: PLANS.map((plan) => ({
      plan: plan.slug,
      memory_bytes: plan.limit_bytes,
      hit_rate: hitRate(plan.limit_bytes),
      margin: 0.004,
    })),
    advice: isBad
      ? { kind: "larger", reason: null, plan: "500", hit_rate: hitRate(500 * 1.1 * MIB), margin: 0.004 }
      : { kind: "stay", reason: "fits", plan: null, hit_rate: null, margin: null },
    smallest_plan: PLANS.find((plan) => hitRate(plan.limit_bytes) > 0.99 * hitRate(cache.limit_bytes))?.slug ?? null,
  };
}
