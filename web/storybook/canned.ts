// The answers of the fake service that need no arithmetic.
import type { Cache } from "../src/api/types";
import type { WorldName } from "./worlds";

const HOUR = 3600;
const GIB = 1024 ** 3;
const iso = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString();
const isEmpty = (world: WorldName) => world === "empty";

export function me(world: WorldName) {
  return {
    kind: world === "huge" ? "operator" : "account",
    id: 1,
    name: "ada@example.org",
    teams: [{ id: 1, role: "owner" }],
    cache: null,
    read_only: false,
    csrf_token: "csrf",
  };
}

export function session(world: WorldName) {
  const support = world === "empty" ? { id: 9, email: "root@example.org" } : null;
  return { account: ACCOUNT, support, teams: [{ team: 1, role: "owner" }], csrf_token: "csrf" };
}

export const CLUSTERS = {
  clusters: [{ id: 1, name: "main", region: "eu-west", kind: "production" }],
};

export function nodes(world: WorldName, now: number) {
  const count = world === "huge" ? 4 : 1;
  const nodes = Array.from({ length: count }, (_, index) => {
    const limit = 64 * GIB;
    const charged = limit * (0.41 + 0.13 * index);
    return {
      id: index + 1,
      name: `mc${index + 1}.example.org:11211`,
      cluster: "main",
      version: index === 3 ? "0.1.1" : "0.1.0",
      up_since: now - (index + 1) * 190 * HOUR,
      workers: 8,
      load: [0.23, 0.31, 0.78, null][index] ?? null,
      connections: 2_114 + 907 * index,
      caches: 2_000,
      used_caches: 611 + 118 * index,
      memory: {
        limit_bytes: limit,
        charged_bytes: charged,
        used_bytes: charged * 1.08,
        resident_bytes: charged * 1.1 + 0.4 * GIB,
      },
      requests_per_second: index === 3 ? null : 48_200 + 9_100 * index,
      mean_ns: index === 3 ? null : 3_900 + 800 * index,
      p50_ns: index === 3 ? null : 3_100 + 700 * index,
      p99_ns: index === 3 ? null : 14_200 + 9_400 * index,
    };
  });
  const oversell = { promised_bytes: 9.54 * 64 * GIB, memory_bytes: 64 * GIB, ratio: 9.54, ratio_max: 12, state: "warning" };
  const calm = { promised_bytes: 21.2 * GIB, memory_bytes: 64 * GIB, ratio: 0.33, ratio_max: 12, state: "ok" };
  return { nodes, oversell: world === "huge" ? oversell : calm };
}

export function counters(cache: Cache, series: Record<string, number>): Record<string, number> {
  const reads = 48_230_117;
  const hits = Math.round(reads * (series["hit_rate"] ?? 0));
  return {
    bytes: series["bytes"] ?? 0,
    limit_maxbytes: cache.limit_bytes,
    curr_items: Math.round(series["items"] ?? 0),
    total_items: 5_402_118,
    curr_connections: series["connections"] ?? 0,
    total_connections: 8_113,
    evictions: (series["eviction_rate"] ?? 0) > 0 ? 1_204_551 : 0,
    auth_errors: (series["auth_errors_rate"] ?? 0) > 0 ? 741 : 0,
    cmd_get: reads,
    cmd_set: 5_402_118,
    cmd_flush: 2,
    get_hits: hits,
    get_misses: reads - hits,
    delete_hits: 40_122,
    delete_misses: 3_021,
    incr_hits: 912_003,
    incr_misses: 12,
    decr_hits: 88,
    decr_misses: 0,
    cas_hits: 10_442,
    cas_misses: 101,
    touch_hits: 220_184,
    touch_misses: 9_102,
  };
}

function ranked(names: string[], first: number) {
  return names.map((name, index) => ({ name, popularity: Math.round(first / (index + 1) ** 0.8) }));
}

export function popular(world: WorldName, now: number) {
  if (isEmpty(world)) {
    return { time_slice: 1, since: null, sampled_one_in: 1, most_hit_keys: [], most_missed_keys: [], most_mutated_keys: [], popular_prefixes: [] };
  }
  return {
    time_slice: 1,
    since: now - HOUR,
    sampled_one_in: world === "huge" ? 16 : 1,
    most_hit_keys: ranked(["product:1042", "nav:main", "product:88", "prices:eu", "user:7:cart", "product:9"], 48_113),
    most_missed_keys: ranked(["recommend:7", "avatar:0", "search:boots", "geo:10.1.2.3"], 3_310),
    most_mutated_keys: ranked(["visits", "stock:1042", "rate:10.1.2.3", "session:9f2c"], 9_021),
    popular_prefixes: ranked(["product:", "user:", "session:", "prices:"], 90_000),
  };
}

export function requests(world: WorldName, now: number) {
  if (isEmpty(world)) return { "mc1.example.org:11211": [] };
  const commands = ["GET", "GET", "SET", "GET", "INCR", "GET", "DELETE"];
  const keys = ["product:1042", "user:7:cart", "recommend:7", "nav:main", "visits", "prices:eu", "session:9f2c"];
  const lines = Array.from({ length: 30 }, (_, index) => ({
    timestamp: iso(now - Math.floor(index / 6)),
    key: keys[index % keys.length],
    command: commands[index % commands.length],
    status: index % 9 === 2 ? "MISS" : "OK",
    size: 180 + ((index * 977) % 4200),
  }));
  return { "mc1.example.org:11211": lines };
}

export function keyStats(key: string) {
  return [
    { timestamp: iso(0), name: key, size: 1812, hit_count: 4021, miss_count: 3, mutation_count: 3, in_cache: true },
  ];
}

export function prefixes(world: WorldName) {
  return isEmpty(world) ? [] : [
        { id: 1, name: "product:", since: 1_780_000_000 },
        { id: 2, name: "session:", since: 1_780_100_000 },
      ];
}

export function prefixStats(now: number) {
  const columns = ["time", "num_keys", "total_size", "total_hits_rate", "total_misses_rate", "total_mutations_rate"];
  return [{ name: "prefix_stats", columns, values: [[iso(now), 20_114, 44_211_004, 812.4, 12.1, 4.2]] }];
}

export const FLUSHED_HOURS_AGO = [14, 90];

// What a flush leaves of a series: memory fills again within an hour, the hit rate sooner.
export function afterFlushes(name: string, value: number, time: number, now: number): number {
  const seconds: Record<string, number> = { bytes: 1500, items: 1500, hit_rate: 700 };
  const refill = seconds[name];
  if (refill === undefined) return value;
  return FLUSHED_HOURS_AGO.map((hours) => time - (now - hours * HOUR))
    .filter((since) => since >= 0)
    .reduce((rest, since) => rest * (1 - Math.exp(-(since + 60) / refill)), value);
}

export function flushes(world: WorldName, now: number) {
  if (isEmpty(world)) return { flushes: [], has_more: false };
  const flush = { server: "mc1.example.org:11211", address: "10.0.4.17" };
  return {
    flushes: [
      { id: 2, at: now - (FLUSHED_HOURS_AGO[0] ?? 0) * HOUR, origin: "memcache client", credential: "0186A1", ...flush },
      { id: 1, at: now - (FLUSHED_HOURS_AGO[1] ?? 0) * HOUR, origin: "web interface", credential: "ada@example.org", ...flush },
    ],
    has_more: false,
  };
}

export function audit(world: WorldName, now: number) {
  if (isEmpty(world)) return { rows: [], has_more: false };
  const actor = { kind: "account", id: 1, name: "ada@example.org", operator_id: 0, address: "192.0.2.7" };
  const row = { actor, object: { kind: "cache", id: "100001" }, cache: 100_001, team: 1 };
  return {
    rows: [
      { ...row, id: 3, at: now - 20 * HOUR, action: "cache.update", before: { plan: "dev" }, after: { plan: "100" } },
      { ...row, id: 2, at: now - 90 * HOUR, action: "cache.flush", before: null, after: null },
      { ...row, id: 1, at: now - 300 * HOUR, action: "cache.create", before: null, after: { name: "shop", plan: "dev" } },
    ],
    has_more: false,
  };
}

export const TRIGGERS = {
  triggers: [
    { trigger_type: "hit_rate", what: "hit rate", fires: "below", about: "cache", threshold_max: 100, unit: "%" },
    { trigger_type: "eviction_rate", what: "evictions", fires: "above", about: "cache", threshold_max: 1e6, unit: " a minute" },
    { trigger_type: "certificate_expiry", what: "life of the TLS certificate", fires: "below", about: "installation", threshold_max: 365, unit: " days" },
  ],
};

export function alerts(world: WorldName, now: number) {
  if (isEmpty(world)) return { alerts: [] };
  const alert = { delivery_config_id: 1, enabled: true, created_at: now - 400 * HOUR };
  const state = world === "degraded" ? "firing" : "ok";
  return {
    alerts: [
      { ...alert, id: 1, trigger_type: "hit_rate", trigger_threshold: 80, description: "look at the missed keys", state, state_since: now - HOUR },
      { ...alert, id: 2, trigger_type: "eviction_rate", trigger_threshold: 100, description: "", state, state_since: now - 2 * HOUR },
    ],
  };
}

export function configs(world: WorldName) {
  if (isEmpty(world)) return { configs: [] };
  return {
    configs: [
      { id: 1, delivery_type: "email", email: "ops@example.org", slack_url: "", slack_channel: "", webhook_url: "", webhook_secret: "", invoices: false, confirmed: true, created_at: 1_780_000_000 },
    ],
  };
}

export function events(world: WorldName, now: number) {
  if (world !== "degraded") return { events: [] };
  return {
    events: [
      { id: 1, alert_id: 1, type: "fired", reason: "measured", trigger_type: "hit_rate", trigger_threshold: 80, value: 64.2, description: "", at: now - HOUR },
    ],
  };
}

export function deliveries(world: WorldName, now: number) {
  if (world !== "degraded") return { deliveries: [] };
  const delivery = { delivery_config_id: 1, delivery_type: "email", next_attempt_at: null, finished_at: now };
  return {
    deliveries: [
      { ...delivery, id: 2, type: "alert_fired", state: "sent", attempts: 1, last_error: "", created_at: now - HOUR },
      { ...delivery, id: 1, type: "test", state: "failed", attempts: 6, last_error: "the server refused the recipient", created_at: now - 9 * HOUR },
    ],
  };
}

export const ACCOUNT = {
  id: 1,
  email: "ada@example.org",
  name: "Ada",
  confirmed: true,
  operator: false,
  suspended: false,
  second_factor: false,
  created_at: iso(1_780_000_000),
  last_sign_in_at: iso(1_790_000_000),
};

export function sessions(now: number) {
  const session = { support: false, created_at: iso(now - 90 * HOUR), ends_at: iso(now + 90 * HOUR) };
  return {
    sessions: [
      { ...session, id: 1, address: "192.0.2.7", user_agent: "Firefox on Linux", last_used_at: iso(now), current: true },
      { ...session, id: 2, address: "192.0.2.8", user_agent: "Safari on iPhone", last_used_at: iso(now - 30 * HOUR), current: false },
    ],
  };
}

export function tokens(world: WorldName, now: number) {
  if (isEmpty(world)) return { tokens: [] };
  return {
    tokens: [
      { id: 1, name: "deploy", prefix: "cachery_4f1c", scopes: ["read", "write"], created_at: iso(now - 90 * HOUR), last_used_at: iso(now - 2 * HOUR), expires_at: iso(now + 900 * HOUR) },
    ],
  };
}

export const TEAMS = {
  teams: [
    { id: 1, name: "Ada's team", role: "owner", suspended: false, created_at: iso(1_780_000_000) },
    { id: 2, name: "Search and recommendations", role: "member", suspended: false, created_at: iso(1_780_000_000) },
  ],
};

export const MEMBERS = {
  members: [
    { account: 1, email: "ada@example.org", name: "Ada", role: "owner" },
    { account: 2, email: "grace@example.org", name: "Grace", role: "member" },
    { account: 3, email: "audit@example.org", name: "", role: "read_only" },
  ],
};

export function invitations(now: number) {
  return {
    invitations: [
      { id: 1, email: "alan@example.org", role: "member", created_at: iso(now), expires_at: iso(now + 150 * HOUR) },
    ],
  };
}

const line = { cache_id: 100_001, cache: "shop", plan: "100", price_minor: 1500, hours: 492, month_hours: 720, amount_minor: 1025, amount: "10.25" };
const invoice = { team_id: 1, team: "Ada's team", currency: "USD" };

export function preview(world: WorldName) {
  if (isEmpty(world)) return { invoices: [] };
  return {
    invoices: [{ ...invoice, id: null, month: "2026-11", total_minor: 1025, total: "10.25", closed_at: null, lines: [line] }],
  };
}

export function invoices(world: WorldName) {
  if (isEmpty(world)) return { invoices: [] };
  return {
    invoices: [{ ...invoice, id: 7, month: "2026-10", total_minor: 1500, total: "15.00", closed_at: 1_793_000_000 }],
  };
}

export function accounts(world: WorldName) {
  return {
    accounts: [ACCOUNT, { ...ACCOUNT, id: 2, email: "grace@example.org", name: "Grace", operator: true }],
    has_more: world === "huge",
  };
}

export function mails(world: WorldName, now: number) {
  if (isEmpty(world)) return { mails: [] };
  return {
    mails: [
      { id: 1, recipient: "ada@example.org", subject: "Confirm your address", state: "sent", tries: 1, last_failure: "", created_at: iso(now - HOUR), next_try_at: null },
    ],
  };
}
