// Every page in every world: what is reviewed, pictured, and checked for accessibility.
import { WORLDS, type WorldName } from "./worlds";

const OF_A_CACHE = [
  "overview",
  "analytics",
  "insight",
  "credentials",
  "connect",
  "settings",
  "settings?part=alerts",
  "settings?part=flushes",
  "settings?part=audit",
];
const ACCOUNT = ["profile", "security", "tokens", "teams", "invoices"];
const ADMIN = ["nodes", "accounts", "plans", "alerts", "mails", "audit"];

export interface Story {
  world: WorldName;
  path: string;
}

const LISTS = ["/caches", "/caches/new"];
const accountPages = ACCOUNT.map((tab) => `/account/${tab}`);
const cachePages = OF_A_CACHE.map((tab) => `/caches/100001/${tab}`);
const BY_HAND = "/caches/100001/connect?for=php-wordpress";

const OF_A_STRANGER = [
  "/sign-in",
  "/sign-up",
  "/reset",
  "/reset#secret",
  "/confirm#secret",
  "/operator#secret",
  "/invitation#secret",
];

const PATHS: Record<WorldName, string[]> = {
  stranger: OF_A_STRANGER,
  empty: ["/caches", ...accountPages],
  normal: [...LISTS, ...accountPages, ...cachePages, BY_HAND, "/no/such/page"],
  degraded: ["/caches", ...cachePages, "/caches/100004/overview", "/caches/100008/overview"],
  unreachable: ["/caches", "/caches/100001/overview", "/account/teams"],
  huge: ["/caches", ...ADMIN.map((tab) => `/admin/${tab}`)],
};

export const STORIES: Story[] = WORLDS.flatMap((world) =>
  PATHS[world].map((path) => ({ world, path })),
);
