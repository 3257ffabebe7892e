// What the admin API answers, as docs/api.md, docs/accounts.md and the guides write it down.

export type Role = "owner" | "member" | "read_only";

export interface Me {
  kind: "operator" | "account" | "credential" | "link";
  id: number | null;
  name: string;
  teams: { id: number; role: Role }[];
  cache: number | null; // of a single sign-on link: the one that it opens
  read_only: boolean;
  csrf_token: string | null;
}

export interface Usage {
  bytes: number;
  items: number;
  connections: number;
  hit_rate: number | null;
}

export interface Credential {
  id: number;
  username: string;
  password: string | null;
  primary: boolean;
  write: boolean;
  flush: boolean;
  api: boolean;
  key_prefix: string;
  own_port: number;
  own_port_networks: string[];
  tls_client_name: string;
  tls_server_name: string;
  created_at: number;
  last_used_at: number | null;
}

export type DisabledBy = "owner" | "operator" | "idle";
export type PlanKind = "development" | "production";

export interface Cache {
  id: number;
  name: string;
  short_name: string;
  team: number | null;
  team_name: string | null; // null: the operator's, and for a cache's single sign-on link
  plan: string;
  kind: PlanKind;
  cluster: string;
  region: string;
  enabled: boolean;
  disabled_by: DisabledBy | null;
  limit_bytes: number;
  servers: string[];
  tls_servers: string[];
  username: string;
  password: string | null;
  credentials: Credential[];
  sso_path: string | null;
  usage: Usage | null;
  created_at: number;
  deleted_at: number | null;
}

export interface Plan {
  slug: string;
  available?: boolean; // false: no node is large enough
  unavailable_reason?: string | null;
  size_mib: number;
  limit_bytes: number;
  price_minor_units: number;
  kind: PlanKind;
  connections_max: number;
  requests_per_second: number;
  bytes_per_second: number;
  manage_credentials: boolean;
  update_capabilities: boolean;
  several_servers: boolean;
  currency: string; // ISO 4217
}

export interface Cluster {
  id: number;
  name: string;
  region: string;
  kind: PlanKind;
}

export interface SeriesAbout {
  name: string;
  kind: "rate" | "ratio" | "level";
  unit: string;
  formula: string;
  help: string;
}

export interface SeriesAnswer {
  start: number;
  end: number;
  step_seconds: number;
  series: SeriesAbout[];
  points: (number | null)[][]; // time, then a value for each series
}

export interface LatencyAnswer {
  start: number;
  end: number;
  step_seconds: number;
  unit: string;
  columns: string[]; // time, mean, p50, p99
  servers: { server: string; points: (number | null)[][] }[];
}

// Null where nothing was asked.
export interface Timing {
  requests_per_second: number | null;
  mean_ns: number | null;
  p50_ns: number | null;
  p99_ns: number | null;
}

// Of a cache's own requests on one server, and of each kind of command that it was asked.
export interface Latency extends Timing {
  server: string;
  families: (Timing & { family: string })[];
}

// A machine that serves memcache; its timing is of all its caches together.
export interface Node extends Timing {
  id: number;
  name: string;
  cluster: string;
  version: string;
  up_since: number;
  workers: number;
  load: number | null; // 0 to 1
  connections: number;
  caches: number;
  used_caches: number;
  memory: {
    limit_bytes: number;
    charged_bytes: number;
    used_bytes: number;
    resident_bytes: number;
  };
}

// What is promised to all caches together, beside the memory there is.
export interface Oversell {
  promised_bytes: number;
  memory_bytes: number;
  ratio: number;
  ratio_max: number | null; // past it only operators make caches; null: no bound
  state: "ok" | "warning" | "over";
}

export interface Live {
  time: number;
  seconds: number | null;
  stats: Record<string, number>;
  series: Record<string, number | null>;
  latency: Latency[];
}

export interface PopularItem {
  name: string;
  popularity: number;
}

export interface PopularItems {
  time_slice: number;
  since: number | null; // when counting began
  sampled_one_in: number; // requests that each one counted stands for
  most_hit_keys: PopularItem[];
  most_missed_keys: PopularItem[];
  most_mutated_keys: PopularItem[];
  popular_prefixes: PopularItem[];
}

export interface LoggedRequest {
  timestamp: string;
  key: string;
  command: string;
  status: string;
  size: number;
}

export interface KeyStats {
  timestamp: string;
  name: string;
  size: number;
  hit_count: number;
  miss_count: number;
  mutation_count: number;
  in_cache: boolean;
}

export interface WatchedPrefix {
  id: number;
  name: string;
  since: number;
}

export interface CompoundStats {
  name: string;
  columns: string[];
  values: (string | number | null)[][];
}

export interface ExpectedHitRate {
  memory_bytes: number;
  hit_rate: number;
  margin: number; // by which its distance from today's may be off
  plan?: string;
}

export interface MissRatioCurve {
  limit_bytes: number;
  reads: number;
  reads_needed: number;
  ready_at: number | null; // from when on reads count; null: nobody has read since the last resize
  hit_rate: number | null;
  points: { memory_bytes: number; miss_ratio: number }[];
  sizes: ExpectedHitRate[];
  plans: ExpectedHitRate[];
  smallest_plan: string | null;
  advice: {
    kind: "measuring" | "stay" | "larger" | "smaller";
    reason: "fits" | "no_gain" | "uncertain" | null;
    plan: string | null;
    hit_rate: number | null;
    margin: number | null;
  };
}

export interface Flush {
  id: number;
  at: number;
  server: string;
  origin: string;
  credential: string;
  address: string;
}

export interface AuditRow {
  id: number;
  at: number;
  actor: { kind: string; id: number; name: string; operator_id: number; address: string };
  action: string;
  object: { kind: string; id: string };
  cache: number | null;
  team: number | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export interface AlertTrigger {
  trigger_type: string;
  what: string;
  fires: "below" | "above";
  about: "cache" | "installation";
  threshold_max: number;
  unit: string;
}

export interface Alert {
  id: number;
  trigger_type: string;
  trigger_threshold: number;
  delivery_config_id: number | null;
  description: string;
  enabled: boolean;
  state: string;
  state_since: number;
  created_at: number;
}

export interface AlertEvent {
  id: number;
  alert_id: number;
  type: string;
  reason: string;
  trigger_type: string;
  trigger_threshold: number;
  value: number | null;
  description: string;
  at: number;
}

export interface DeliveryConfig {
  id: number;
  delivery_type: string;
  email: string;
  slack_url: string;
  slack_channel: string;
  webhook_url: string;
  webhook_secret: string;
  invoices: boolean;
  confirmed: boolean;
  created_at: number;
}

export interface Delivery {
  id: number;
  type: string;
  delivery_config_id: number;
  delivery_type: string;
  state: string;
  attempts: number;
  last_error: string;
  next_attempt_at: number | null;
  created_at: number;
  finished_at: number | null;
}

export interface Account {
  id: number;
  email: string;
  name: string;
  confirmed: boolean;
  operator: boolean;
  suspended: boolean;
  second_factor: boolean;
  created_at: string | null;
  last_sign_in_at: string | null;
}

export interface Team {
  id: number;
  name: string;
  role: Role;
  suspended: boolean;
  created_at: string | null;
}

export interface SignUpRule {
  open: boolean;
  confirms_by_mail: boolean; // there is a mail server
}

export interface Session {
  account: Account;
  support: { id: number; email: string } | null;
  teams: { team: number; role: Role }[];
  csrf_token: string;
}

export interface SignedIn {
  account?: Account;
  csrf_token?: string;
  second_factor_required?: boolean;
  challenge?: string;
}

export interface AccountSession {
  id: number;
  address: string;
  user_agent: string;
  support: boolean;
  created_at: string;
  last_used_at: string;
  ends_at: string;
  current: boolean;
}

export interface Token {
  id: number;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string;
  token?: string;
}

export interface Member {
  account: number;
  email: string;
  name: string;
  role: Role;
}

export interface Invitation {
  id: number;
  email: string;
  role: Role;
  created_at: string;
  expires_at: string;
  link?: string | null;
}

export interface InvoiceLine {
  cache_id: number;
  cache: string;
  plan: string;
  hours: number;
  month_hours: number;
  amount: string;
}

export interface Invoice {
  id: number | null; // null: the month that still runs
  team_id: number | null;
  team: string;
  month: string;
  currency: string;
  total_minor: number;
  total: string;
  closed_at: number | null;
  lines?: InvoiceLine[];
}

export interface ActiveCache {
  id: number;
  request_rate: (number | null)[];
  hit_rate: number | null;
  // Of the newest minutes, five at most; 0 seconds where none was sampled.
  now: {
    seconds: number;
    hit_rate: number | null;
    get_rate: number | null;
    request_rate: number | null;
    eviction_rate: number | null;
    auth_errors_rate: number | null;
  };
  firing_alerts: number;
}

// Of each cache that the caller may see and that was used in the last hour or has a firing alert.
export interface Activity {
  start: number;
  step_seconds: number;
  caches: ActiveCache[];
}
