import { describe, expect, it } from "vitest";
import { cachesOf, curveOf, PLANS } from "../../../storybook/worlds";
import type { Alert, MissRatioCurve, SeriesAnswer } from "../../api/types";
import { clockTime } from "../../format";
import { adviceOf, type Facts, findings, verdict } from "./health";
import type { Hour } from "./hour";
import type { Now } from "./now";

const START = 1_790_000_040; // a whole minute

const CALM: Now = {
  seconds: 60,
  reads: 6_000,
  hit_rate: 0.95,
  get_rate: 100,
  request_rate: 110,
  eviction_rate: 0,
  connection_rate: 0.1,
  auth_errors_rate: 0,
};

const HOUR: Hour = { ...CALM, minutes_read: 60, bytes: 1e6 };

// An hour of minutes with that many reads a second.
function minutesOf(hitRates: (number | null)[], getRate = 100): SeriesAnswer {
  const about = (name: string) => ({ name, kind: "rate" as const, unit: "", formula: "", help: "" });
  return {
    start: START,
    end: START + 60 * hitRates.length,
    step_seconds: 60,
    series: [about("hit_rate"), about("get_rate")],
    points: hitRates.map((rate, index) => [START + 60 * index, rate, rate === null ? 0 : getRate]),
  };
}

const at = (minute: number) => clockTime(START + 60 * minute);

function facts(change: Partial<Facts> = {}, now: Partial<Now> = {}, hour: Partial<Hour> = {}): Facts {
  const cache = cachesOf("normal", 1_790_000_000)[0];
  if (cache === undefined) throw new Error("there is no cache");
  return {
    cache,
    live: null,
    now: { ...CALM, ...now },
    lastHour: { ...HOUR, ...hour },
    minutes: undefined,
    curve: null,
    plans: PLANS,
    alerts: [],
    triggers: [],
    events: [],
    ...change,
  };
}

const ids = (told: Facts) => findings(told).map((one) => one.id);

describe("health is of now", () => {
  it("so a bad hour that is over is no finding", () => {
    expect(ids(facts({}, { hit_rate: 0.95 }, { hit_rate: 0.4, eviction_rate: 50, connection_rate: 90, auth_errors_rate: 9 }))).toEqual([]);
  });

  it("so a good hour does not hide a cache that is bad at this moment", () => {
    const [found] = findings(facts({}, { hit_rate: 0.3 }, { hit_rate: 0.94 }));
    expect(found?.severity).toBe("bad");
    expect(found?.title).toBe("70 % of reads miss");
  });

  it("and says when it began", () => {
    const minutes = minutesOf([...Array<number>(50).fill(0.95), ...Array<number>(10).fill(0.3)]);
    expect(findings(facts({ minutes }, { hit_rate: 0.3 }))[0]?.title).toBe(`70 % of reads miss since ${at(50)}`);
    const always = minutesOf(Array<number>(60).fill(0.3));
    expect(findings(facts({ minutes: always }, { hit_rate: 0.3 }))[0]?.title).toBe("70 % of reads miss");
  });

  it("which the verdict tells with the number of now", () => {
    expect(verdict(facts({}, { hit_rate: 0.951 }, { hit_rate: 0.6 })).text).toBe("95.1 % of reads hit. Nothing needs your attention.");
    expect(verdict(facts({}, {}, { minutes_read: 4 })).isKnown).toBe(false);
    expect(verdict({ now: null, lastHour: null }).title).toBe("No verdict");
  });
});

describe("a dip that is over", () => {
  it("is told with its beginning, its end and its worst minute", () => {
    const minutes = minutesOf([...Array<number>(30).fill(0.93), 0.5, 0.4, ...Array<number>(28).fill(0.93)]);
    const found = findings(facts({ minutes }));
    expect(found.map(({ severity }) => severity)).toEqual(["info"]);
    expect(found[0]?.title).toBe(`The hit rate dipped to 40 % from ${at(30)} to ${at(32)} and recovered`);
    expect(found[0]?.text).toBe("Before and after, it was about 93 %.");
  });

  it("is not told of minutes that hardly anybody read in, nor of one that a cache began with", () => {
    const one = [...Array<number>(30).fill(0.93), 0, ...Array<number>(29).fill(0.93)];
    expect(ids(facts({ minutes: minutesOf(one, 0.1) }))).toEqual([]);
    expect(ids(facts({ minutes: minutesOf([0.1, 0.2, ...Array<number>(40).fill(0.93)]) }))).toEqual([]);
  });

  it("is not told while it lasts: the finding of now does", () => {
    const minutes = minutesOf([...Array<number>(58).fill(0.93), 0.4, 0.4]);
    expect(ids(facts({ minutes }, { hit_rate: 0.4 }))).toEqual(["missing"]);
  });
});

describe("a firing alert", () => {
  const alert: Alert = {
    id: 7,
    trigger_type: "eviction_rate",
    trigger_threshold: 100,
    delivery_config_id: null,
    description: "call Ann",
    enabled: true,
    state: "firing",
    state_since: START,
    created_at: 0,
  };
  const triggers = [
    { trigger_type: "eviction_rate", what: "evictions", fires: "above" as const, about: "cache" as const, threshold_max: 1e6, unit: " a minute" },
  ];

  it("is the first finding and leads to its chart", () => {
    const [found] = findings(facts({ alerts: [alert], triggers }, { hit_rate: 0.1 }));
    expect(found?.title).toBe("Alert: evictions above 100 a minute");
    expect(found?.text).toBe(`Firing since ${at(0)}. Note: call Ann.`);
    expect(found?.mend).toMatchObject({ to: expect.stringMatching(/^analytics\?left=eviction_rate&/) as string });
  });

  it("is none where it is off or has resolved", () => {
    expect(ids(facts({ alerts: [{ ...alert, enabled: false }, { ...alert, state: "ok" }], triggers }))).toEqual([]);
  });
});

describe("evictions", () => {
  const larger = (change: Partial<MissRatioCurve["advice"]> = {}) => {
    const { cache } = facts();
    const curve = curveOf("degraded", cache);
    return { ...curve, advice: { ...curve.advice, ...change } };
  };

  it("name the plan that the service advises, with the hit rate to expect and how sure it is", () => {
    const [found] = findings(facts({ curve: larger() }, { eviction_rate: 20 }));
    expect(found?.title).toBe("Evicting 1,200 items a minute");
    expect(found?.text).toMatch(/At 500 MiB, expect a hit rate of about \d+(\.\d)? % instead of \d.* \(±0.4 points, from 48.2M reads\)\.$/);
    expect(found?.mend).toEqual({ label: "Change to 500 MiB", to: "settings?plan=500" });
  });

  it("sell nothing that the service does not advise", () => {
    for (const reason of ["no_gain", "uncertain"] as const) {
      const [found] = findings(facts({ curve: larger({ kind: "stay", reason, plan: null }) }, { eviction_rate: 20 }));
      expect(found?.mend).toEqual({ label: "See the curve", to: "insight" });
      expect(found?.text).not.toMatch(/MiB, expect/);
    }
    const [late] = findings(facts({ curve: larger({ kind: "stay", reason: "fits", plan: null }) }, { eviction_rate: 20 }));
    expect(late?.text).not.toMatch(/nothing has to be evicted/);
    expect(late?.mend).toBeUndefined();
    const [measuring] = findings(facts({ curve: larger({ kind: "measuring", plan: null }) }, { eviction_rate: 20 }));
    expect(JSON.stringify(measuring?.mend)).not.toContain("plan");
  });

  it("are none where they are over", () => {
    expect(ids(facts({ curve: larger() }, { eviction_rate: 0 }, { eviction_rate: 20 }))).toEqual([]);
  });

  it("are no fault of a full cache that hits", () => {
    const severity = (now: Partial<Now>, hour: Partial<Hour> = {}) =>
      findings(facts({}, { eviction_rate: 20, ...now }, hour)).find(({ id }) => id === "evicting")?.severity;
    expect(severity({ hit_rate: 0.95 })).toBe("info");
    expect(severity({ hit_rate: 0.2 })).toBe("bad");
    expect(severity({ hit_rate: 0.2 }, { minutes_read: 4 })).toBe("info");
  });
});

describe("the advice on the size", () => {
  it("says when a curve that is measured again will be ready", () => {
    const { cache } = facts();
    const curve = curveOf("normal", cache);
    const measuring: MissRatioCurve = { ...curve, reads: 0, advice: { kind: "measuring", reason: null, plan: null, hit_rate: null, margin: null } };
    expect(adviceOf({ ...measuring, ready_at: START + 600 }, PLANS, START).text).toBe(
      `The plan was changed, so the curve is measured again: ready about ${at(10)}.`,
    );
    expect(adviceOf({ ...measuring, ready_at: START - 60, reads: 412 }, PLANS, START).text).toBe(
      "The curve is made of 412 reads so far; 1,000 make it worth showing.",
    );
    expect(adviceOf({ ...measuring, ready_at: null }, PLANS, START).text).toMatch(/first reads/);
  });

  it("tells a smaller plan as one that would do", () => {
    const curve = curveOf("normal", facts().cache);
    curve.advice = { kind: "smaller", reason: null, plan: "dev", hit_rate: 0.9, margin: 0.01 };
    expect(adviceOf(curve, PLANS)).toEqual({ slug: "dev", text: "dev, 25 MiB would do: expect a hit rate of about 90 %, for less." });
  });
});

describe("bounds", () => {
  it("judge a hit rate only where there are reads enough", () => {
    expect(ids(facts({}, { hit_rate: 0.79 }))).toEqual(["missing"]);
    expect(ids(facts({}, { hit_rate: 0.8 }))).toEqual([]);
    expect(ids(facts({}, { hit_rate: 0.1, reads: 59 }))).toEqual([]);
  });

  it("judge a hit rate after five minutes with reads, not after four", () => {
    expect(ids(facts({}, { hit_rate: 0.1 }, { minutes_read: 4 }))).toEqual([]);
    expect(ids(facts({}, { hit_rate: 0.1 }, { minutes_read: 5 }))).toEqual(["missing"]);
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

describe("a cache that was used a moment ago", () => {
  it("is not called unused, though the list of caches does not know yet", () => {
    const { cache } = facts();
    const usage = { bytes: 0, items: 0, connections: 0, hit_rate: null };
    const live = { time: 0, seconds: 2, stats: { curr_items: 3, curr_connections: 1 }, series: {}, latency: [] };
    expect(ids(facts({ cache: { ...cache, usage } }, {}, { request_rate: 0 }))).toEqual(["unused"]);
    expect(ids(facts({ cache: { ...cache, usage }, live }, {}, { request_rate: 0 }))).toEqual([]);
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
