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

export const STORIES: Story[] = WORLDS.flatMap((world) => {
  const paths = ["/caches", "/caches/new", ...ACCOUNT.map((tab) => `/account/${tab}`)];
  if (world !== "empty") paths.push(...OF_A_CACHE.map((tab) => `/caches/100001/${tab}`));
  if (world === "huge") paths.push(...ADMIN.map((tab) => `/admin/${tab}`));
  if (world === "normal") paths.push("/no/such/page");
  return paths.map((path) => ({ world, path }));
});
