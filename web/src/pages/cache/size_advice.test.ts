import { describe, expect, it } from "vitest";
import { cachesOf, curveOf, PLANS } from "../../../storybook/worlds";
import type { Cache } from "../../api/types";
import { adviceOf } from "./size_advice";

const HOUR = 3600;

// A cache whose reads all hit also with the smallest plan.
function roomy(change: Partial<Cache> = {}) {
  const [first] = cachesOf("normal", 1_790_000_000);
  if (first === undefined) throw new Error("there is no cache");
  const largest = PLANS[PLANS.length - 1];
  if (largest === undefined) throw new Error("there is no plan");
  const cache = { ...first, plan: largest.slug, limit_bytes: largest.limit_bytes, ...change };
  const curve = curveOf("normal", cache);
  curve.hit_rate = 0.9;
  curve.plans = curve.plans.map((plan) => ({ ...plan, hit_rate: 0.9 }));
  curve.smallest_plan = PLANS[0]?.slug ?? null;
  return { cache, curve };
}

describe("the advice", () => {
  it("does not wait where a larger plan hits more", () => {
    const [cache] = cachesOf("degraded", 1_790_000_000);
    if (cache === undefined) throw new Error("there is no cache");
    expect(adviceOf(cache, curveOf("degraded", cache), PLANS, 0).slug).toBe("500");
  });

  it("to take less waits for an hour with reads", () => {
    const { cache, curve } = roomy();
    expect(adviceOf(cache, curve, PLANS, HOUR - 1).slug).toBeNull();
    expect(adviceOf(cache, curve, PLANS, HOUR).slug).not.toBeNull();
  });

  it("leaves a production cache in production", () => {
    const kindOf = (slug: string | null) => PLANS.find((plan) => plan.slug === slug)?.kind;
    const production = roomy({ kind: "production" });
    expect(kindOf(adviceOf(production.cache, production.curve, PLANS, HOUR).slug)).toBe("production");
    const development = roomy({ kind: "development" });
    expect(kindOf(adviceOf(development.cache, development.curve, PLANS, HOUR).slug)).toBe("development");
  });
});
