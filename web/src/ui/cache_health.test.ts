import { describe, expect, it } from "vitest";
import { activityOf, cachesOf } from "../../storybook/worlds";
import type { ActiveCache, Cache } from "../api/types";
import { healthOf, summaryOf } from "./cache_health";

const NOW = 1_790_000_000;

function cacheOf(change: Partial<Cache> = {}): Cache {
  const cache = cachesOf("normal", NOW)[0];
  if (cache === undefined) throw new Error("there is no cache");
  return { ...cache, ...change };
}

function activity(now: Partial<ActiveCache["now"]> = {}, change: Partial<ActiveCache> = {}): ActiveCache {
  const calm = { seconds: 300, hit_rate: 0.95, get_rate: 10, request_rate: 11, eviction_rate: 0, auth_errors_rate: 0 };
  const cache = { id: cacheOf().id, request_rate: [0, 11, 11], hit_rate: 0.95, now: { ...calm, ...now }, firing_alerts: 0 };
  return { ...cache, ...change };
}

const kind = (lately: ActiveCache | undefined | null, cache = cacheOf()) => healthOf(cache, lately).kind;

describe("the health of a cache in a list", () => {
  it("is of its newest minutes, not of its hour", () => {
    expect(kind(activity({ hit_rate: 0.9 }, { hit_rate: 0.3 }))).toBe("ok");
    expect(kind(activity({ hit_rate: 0.043 }, { hit_rate: 0.95 }))).toBe("attention");
    expect(healthOf(cacheOf(), activity({ hit_rate: 0.043 })).color).toBe("red");
    expect(healthOf(cacheOf(), activity({ hit_rate: 0.7 })).color).toBe("yellow");
  });

  it("is not judged by a few reads, nor while the cache fills", () => {
    expect(kind(activity({ hit_rate: 0.1, get_rate: 0.1 }))).toBe("ok");
    expect(kind(activity({ hit_rate: 0.1 }, { request_rate: [0, 0, 11] }))).toBe("ok");
  });

  it("is a firing alert before anything else", () => {
    expect(kind(activity({ hit_rate: 0.1 }, { firing_alerts: 1 }))).toBe("firing");
    expect(healthOf(cacheOf(), activity({}, { firing_alerts: 2 })).text).toBe("2 alerts firing");
  });

  it("needs attention where logins fail", () => {
    expect(healthOf(cacheOf(), activity({ auth_errors_rate: 0.2 })).why).toBe("12 logins a minute fail.");
  });

  it("is not claimed before it is known", () => {
    expect(kind(null)).toBe("unknown");
    expect(kind(activity(), cacheOf({ usage: null }))).toBe("no_answer");
    expect(kind(null, cacheOf({ enabled: false, disabled_by: "owner" }))).toBe("disabled");
    expect(kind(undefined)).toBe("ok");
  });

  it("has ranks, the worst first", () => {
    const ranks = [
      healthOf(cacheOf(), activity({}, { firing_alerts: 1 })),
      healthOf(cacheOf({ usage: null }), activity()),
      healthOf(cacheOf(), activity({ hit_rate: 0.1 })),
      healthOf(cacheOf({ enabled: false, disabled_by: "idle" }), activity()),
      healthOf(cacheOf(), activity()),
    ].map(({ rank }) => rank);
    expect(ranks).toEqual([...ranks].sort());
  });
});

describe("the list's summary", () => {
  it("counts what needs somebody and leaves out what is none", () => {
    const all = cachesOf("degraded", NOW);
    const { caches } = activityOf("degraded", NOW);
    const told = summaryOf(all.map((cache) => healthOf(cache, caches.find(({ id }) => id === cache.id))));
    expect(told).toMatch(/^8\sin\sall · 1\swith\sa\sfiring\salert · 1\sdoes\snot\sanswer · \d\sneed\sattention · 1\sdisabled$/);
    expect(summaryOf([healthOf(cacheOf(), activity())])).toBe("1\u00a0in\u00a0all");
  });
});
