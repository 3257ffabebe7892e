import { describe, expect, it } from "vitest";
import { cachesOf, curveOf, PLANS } from "../../../storybook/worlds";
import { type Facts, findings, type Hour } from "./health";

const CALM: Hour = {
  minutes_read: 60,
  hit_rate: 0.95,
  get_rate: 100,
  request_rate: 110,
  eviction_rate: 0,
  connection_rate: 0.1,
  auth_errors_rate: 0,
  bytes: 1e6,
};

function facts(change: Partial<Facts> = {}, hour: Partial<Hour> = {}): Facts {
  const cache = cachesOf("normal", 1_790_000_000)[0];
  if (cache === undefined) throw new Error("there is no cache");
  return { cache, live: null, lastHour: { ...CALM, ...hour }, curve: null, plans: PLANS, ...change };
}

describe("a cache that was used a moment ago", () => {
  it("is not called unused, though the list of caches does not know yet", () => {
    const { cache } = facts();
    const usage = { bytes: 0, items: 0, connections: 0, hit_rate: null };
    const live = { time: 0, seconds: 2, stats: { curr_items: 3, curr_connections: 1 }, series: {}, latency: [] };
    expect(ids(facts({ cache: { ...cache, usage } }, { request_rate: 0 }))).toEqual(["unused"]);
    expect(ids(facts({ cache: { ...cache, usage }, live }, { request_rate: 0 }))).toEqual([]);
  });
});

const ids = (told: Facts) => findings(told).map((one) => one.id);

describe("a healthy cache", () => {
  it("has nothing to say", () => expect(ids(facts())).toEqual([]));
});

describe("evictions", () => {
  it("name the plan that helps, with the hit rate to expect", () => {
    const { cache } = facts();
    const [found] = findings(facts({ curve: curveOf("degraded", cache) }, { eviction_rate: 20 }));
    expect(found?.title).toBe("Evicting 1,200 items a minute");
    expect(found?.text).toMatch(/^At 500 MiB the expected hit rate is \d+(\.\d)? % instead of \d/);
    expect(found?.mend).toEqual({ label: "Change to 500", to: "settings?plan=500" });
  });

  it("are told as over where there are none at the moment", () => {
    const live = { time: 0, seconds: 2, stats: {}, series: { eviction_rate: 0 }, latency: [] };
    const [found] = findings(facts({ live }, { eviction_rate: 20, hit_rate: 0.5 }));
    expect(found?.severity).not.toBe("bad");
    expect(findings(facts({ live }, { eviction_rate: 20 }))[0]?.title).toMatch(/^Evicted 1,200 .* none at the moment$/);
  });

  it("are bad where they cost hits, which the first minutes do not tell", () => {
    const severity = (minutes_read: number) =>
      findings(facts({}, { eviction_rate: 20, hit_rate: 0.2, minutes_read }))[0]?.severity;
    expect([severity(4), severity(5)]).toEqual(["warn", "bad"]);
  });

  it("are not judged by a curve of a few reads", () => {
    const curve = { ...curveOf("degraded", facts().cache), reads: 999 };
    const [found] = findings(facts({ curve }, { eviction_rate: 20 }));
    expect(found?.mend).toBeUndefined();
    expect(found?.text).not.toMatch(/plan/);
  });

  it("do not sell a plan that would not help", () => {
    const { cache } = facts();
    const curve = curveOf("normal", cache);
    curve.plans = curve.plans.map((plan) => ({ ...plan, hit_rate: 0.9 }));
    curve.hit_rate = 0.9;
    const [found] = findings(facts({ curve }, { eviction_rate: 20 }));
    expect(found?.mend).toEqual({ label: "See the curve", to: "insight" });
  });
});

describe("bounds", () => {
  it("judge a hit rate only where there are reads", () => {
    expect(ids(facts({}, { hit_rate: 0.49 }))).toEqual(["missing"]);
    expect(ids(facts({}, { hit_rate: 0.8 }))).toEqual([]);
    expect(ids(facts({}, { hit_rate: 0.1, get_rate: 0.1 }))).toEqual([]);
  });

  it("judge a hit rate after five minutes with reads, not after four", () => {
    expect(ids(facts({}, { hit_rate: 0.1, minutes_read: 4 }))).toEqual([]);
    expect(ids(facts({}, { hit_rate: 0.1, minutes_read: 5 }))).toEqual(["missing"]);
  });

  it("warn above ten new connections a second, not at ten", () => {
    expect(ids(facts({}, { connection_rate: 10 }))).toEqual([]);
    expect(ids(facts({}, { connection_rate: 10.1 }))).toEqual(["reconnecting"]);
  });

  it("tell the worst first", () => {
    const all = findings(facts({}, { hit_rate: 0.3, auth_errors_rate: 1, connection_rate: 30 }));
    expect(all.map((one) => one.severity)).toEqual(["bad", "warn", "warn"]);
  });
});

describe("a disabled cache", () => {
  it("says why, and offers to enable it only where one may", () => {
    const { cache } = facts();
    const by = (disabled_by: "owner" | "operator" | "idle") =>
      findings(facts({ cache: { ...cache, enabled: false, disabled_by } }))[0];
    expect(by("idle")?.mend).toEqual({ label: "Enable it", act: "enable" });
    expect(by("idle")?.text).toContain("30 days");
    expect(by("operator")?.mend).toBeUndefined();
  });
});
