// The admin API without a service: what a page asks, answered from a world. Changes are taken and shown
// until the page is loaded anew.
import type { Cache, Latency, LatencyAnswer, SeriesAnswer } from "../src/api/types";
import {
  activityOf,
  cachesOf,
  curveOf,
  PLANS,
  SERIES,
  valueAt,
  type WorldName,
} from "./worlds";
import * as canned from "./canned";

interface Ask {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

type Answer = unknown;
type Handler = (ask: Ask, parts: string[]) => Answer;

const POINTS_MAX = 1440;
const SERVER = "mc1.example.org:11211";

export class FakeService {
  private caches: Cache[];

  constructor(
    private readonly world: WorldName,
    private readonly clock: () => number = () => Math.floor(Date.now() / 1000),
  ) {
    this.caches = cachesOf(world, clock());
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname, searchParams } = new URL(url, "http://fake.test");
    const path = pathname.replace(/^\/api\/admin\/v1/, "");
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Ask["body"]) : {};
    const ask = { method: init.method ?? "GET", path, query: searchParams, body };
    for (const [method, pattern, handler] of this.routes) {
      const parts = method === ask.method ? pattern.exec(path) : null;
      if (parts === null) continue;
      return answerOf(() => {
        const isProof = path === "/me" || path === "/caller";
        if (this.world === "unreachable" && !isProof) throw new Refusal(503, "no answer");
        return handler(ask, parts.slice(1));
      });
    }
    return json(404, { error: { code: "not_found", message: "there is nothing at this address" } });
  }

  private readonly routes: [string, RegExp, Handler][] = [
    ["GET", /^\/me$/, () => this.me()],
    ["GET", /^\/session$/, () => canned.session(this.world)],
    ["GET", /^\/caller$/, () => ({ me: this.world === "stranger" ? null : canned.me(this.world) })],
    ["GET", /^\/sign_up$/, () => ({ open: true, confirms_by_mail: this.world !== "stranger" })],
    ["GET", /^\/caches$/, ({ query }) => ({ caches: query.has("deleted") ? [] : this.caches })],
    ["POST", /^\/caches$/, ({ body }) => this.create(body)],
    ["GET", /^\/activity$/, () => activityOf(this.world, this.clock())],
    ["GET", /^\/plans$/, () => ({ plans: PLANS })],
    ["GET", /^\/nodes$/, () => canned.nodes(this.world, this.clock())],
    ["GET", /^\/clusters$/, () => canned.CLUSTERS],
    ["GET", /^\/series$/, () => ({ series: SERIES })],
    ["GET", /^\/caches\/(\d+)$/, (_, [id]) => this.find(id)],
    ["PATCH", /^\/caches\/(\d+)$/, ({ body }, [id]) => this.change(id, body)],
    ["GET", /^\/caches\/(\d+)\/live$/, (_, [id]) => this.live(this.answering(id))],
    ["GET", /^\/caches\/(\d+)\/stats$/, (_, [id]) => ({ stats: this.live(this.answering(id)).stats })],
    ["GET", /^\/caches\/(\d+)\/series$/, (ask, [id]) => this.series(ask, this.find(id))],
    ["GET", /^\/caches\/(\d+)\/latency$/, (ask) => this.latency(ask)],
    ["GET", /\/insight\/miss_ratio_curve$/, ({ path }) => curveOf(this.world, this.find(path.split("/")[2]))],
    ["GET", /\/insight\/popular_items$/, () => canned.popular(this.world, this.clock())],
    ["GET", /\/insight\/recent_requests$/, () => canned.requests(this.world, this.clock())],
    ["GET", /\/insight\/key_stats$/, ({ query }) => canned.keyStats(query.get("key") ?? "")],
    ["GET", /\/insight\/prefixes$/, () => canned.prefixes(this.world)],
    ["GET", /\/insight\/prefixes\/\d+\/stats$/, () => canned.prefixStats(this.clock())],
    ["GET", /\/flushes$/, () => canned.flushes(this.world, this.clock())],
    ["GET", /^\/audit$/, () => canned.audit(this.world, this.clock())],
    ["GET", /\/alerts\/triggers$/, () => canned.TRIGGERS],
    ["GET", /\/alerts\/configs$/, () => canned.configs(this.world)],
    ["GET", /\/alerts\/events$/, () => canned.events(this.world, this.clock())],
    ["GET", /\/alerts\/deliveries$/, () => canned.deliveries(this.world, this.clock())],
    ["GET", /\/alerts$/, () => canned.alerts(this.world, this.clock())],
    ["GET", /^\/account$/, () => canned.ACCOUNT],
    ["GET", /^\/account\/sessions$/, () => canned.sessions(this.clock())],
    ["GET", /^\/account\/second_factor$/, () => ({ enabled: false, recovery_codes_left: 0 })],
    ["GET", /^\/account\/tokens$/, () => canned.tokens(this.world, this.clock())],
    ["GET", /^\/teams$/, () => canned.TEAMS],
    ["GET", /^\/teams\/\d+\/members$/, () => canned.MEMBERS],
    ["GET", /^\/teams\/\d+\/invitations$/, () => canned.invitations(this.clock())],
    ["GET", /^\/invoices\/preview$/, () => canned.preview(this.world)],
    ["GET", /^\/invoices$/, () => canned.invoices(this.world)],
    ["GET", /^\/accounts$/, () => canned.accounts(this.world)],
    ["GET", /^\/mails$/, () => canned.mails(this.world, this.clock())],
    ["POST", /./, () => undefined],
    ["PATCH", /./, () => undefined],
    ["DELETE", /./, () => undefined],
  ];

  private me() {
    if (this.world === "stranger") throw new Refusal(401, "sign in");
    return canned.me(this.world);
  }

  private find(id: string | undefined): Cache {
    const found = this.caches.find((cache) => String(cache.id) === id) ?? this.caches[0];
    if (found === undefined) throw new Error("this world has no cache");
    return found;
  }

  // Where its node does not answer, its counters are not to be had.
  private answering(id: string | undefined): Cache {
    const cache = this.find(id);
    if (cache.enabled && cache.usage === null) throw new Refusal(503, "its node does not answer");
    return cache;
  }

  private create(body: Ask["body"]): Cache {
    const model = cachesOf("normal", this.clock())[0];
    if (model === undefined) throw new Error("there is no model");
    const made = { ...model, id: 100_900, name: String(body["name"]), plan: String(body["plan"]) };
    this.caches = [...this.caches, made];
    return made;
  }

  private change(id: string | undefined, body: Ask["body"]): Cache {
    const changed = { ...this.find(id), ...(body as Partial<Cache>) };
    const plan = PLANS.find((one) => one.slug === changed.plan);
    if (plan !== undefined) changed.limit_bytes = plan.limit_bytes;
    if (changed.enabled) changed.disabled_by = null;
    this.caches = this.caches.map((cache) => (cache.id === changed.id ? changed : cache));
    return changed;
  }

  private live(cache: Cache) {
    const now = this.clock();
    const series = Object.fromEntries(
      SERIES.map(({ name }) => [name, valueAt(this.world, name, now, cache)]),
    );
    const latency = [this.latencyAt(now)];
    return { time: now, seconds: 2, stats: canned.counters(cache, series), series, latency };
  }

  private series({ query }: Ask, cache: Cache): SeriesAnswer {
    const start = Date.parse(query.get("start") ?? "") / 1000;
    const end = Date.parse(query.get("end") ?? "") / 1000;
    const names = query.get("names")?.split(",") ?? [];
    const step = [60, 600, 3600, 86_400].find((one) => (end - start) / one <= POINTS_MAX) ?? 86_400;
    const times: number[] = [];
    for (let time = Math.ceil(start / step) * step; time < end; time += step) times.push(time);
    return {
      start,
      end,
      step_seconds: step,
      series: SERIES.filter(({ name }) => names.includes(name)).sort(
        (one, other) => names.indexOf(one.name) - names.indexOf(other.name),
      ),
      points: times.map((time) => [
        time,
        ...names.map((name) =>
          canned.afterFlushes(name, valueAt(this.world, name, time, cache), time, this.clock()),
        ),
      ]),
    };
  }

  private latencyAt(time: number): Latency {
    const p50 = (this.world === "degraded" ? 11_000 : 3_100) + 600 * Math.sin(time / 180);
    const p99 = p50 * (this.world === "degraded" ? 9 : 4.2) + 2_000 * Math.sin(time / 700);
    const timing = (share: number) => ({
      requests_per_second: 2_900 * share,
      mean_ns: 1.3 * p50,
      p50_ns: p50,
      p99_ns: p99,
    });
    const families = [
      { family: "read", ...timing(0.9) },
      { family: "write", ...timing(0.1), p99_ns: 1.7 * p99 },
    ];
    return { server: SERVER, ...timing(1), families };
  }

  private latency({ query }: Ask): LatencyAnswer {
    const start = Date.parse(query.get("start") ?? "") / 1000;
    const end = Date.parse(query.get("end") ?? "") / 1000;
    const step = [60, 600, 3600, 86_400].find((one) => (end - start) / one <= POINTS_MAX) ?? 86_400;
    const points: (number | null)[][] = [];
    for (let time = Math.ceil(start / step) * step; time < end; time += step) {
      const { mean_ns, p50_ns, p99_ns } = this.latencyAt(time);
      points.push([time, mean_ns, p50_ns, p99_ns]);
    }
    const columns = ["time", "mean", "p50", "p99"];
    return { start, end, step_seconds: step, unit: "nanoseconds", columns, servers: [{ server: SERVER, points }] };
  }
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function answerOf(ask: () => Answer): Response {
  try {
    const answer = ask();
    return answer === undefined ? new Response(null, { status: 204 }) : json(200, answer);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return json(error.status, { error: { code: "unavailable", message: error.message } });
  }
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "Content-Type": "application/json" },
  });
}
