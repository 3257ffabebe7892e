import { describe, expect, it } from "vitest";
import type { Live, SeriesAnswer } from "../../api/types";
import { episodes, nowOf, remembered } from "./now";

const look = (time: number, hits: number, misses: number): Live => ({
  time,
  seconds: 2,
  stats: { get_hits: hits, get_misses: misses, evictions: hits },
  series: { request_rate: 5 },
  latency: [],
});

function answerOf(hitRates: (number | null)[], getRates: number[]): SeriesAnswer {
  const about = (name: string) => ({ name, kind: "rate" as const, unit: "", formula: "", help: "" });
  return {
    start: 0,
    end: 60 * hitRates.length + 30,
    step_seconds: 60,
    series: [about("hit_rate"), about("get_rate")],
    points: hitRates.map((rate, index) => [60 * index, rate, getRates[index] ?? 0]),
  };
}

describe("now", () => {
  it("is the stream's last minute once there is enough of it", () => {
    let looks: Live[] = [];
    for (let time = 0; time <= 100; time += 2) {
      // Good for a minute, then nothing but misses.
      looks = remembered(looks, look(time, 10 * Math.min(time, 60), 10 * Math.max(0, time - 60)));
    }
    expect(looks[0]?.time).toBe(40);
    const now = nowOf(looks, undefined);
    expect(now?.seconds).toBe(60);
    expect(now?.reads).toBe(600);
    expect(now?.hit_rate).toBeCloseTo(1 / 3);
    expect(now?.eviction_rate).toBeCloseTo(200 / 60);
  });

  it("is the history's newest minutes before, a busy one counting more than a quiet one", () => {
    const looks = [look(0, 0, 0), look(30, 0, 300)];
    const now = nowOf(looks, answerOf([1, 1, 1, 0.9, 0.9, 0], [1, 1, 1, 100, 100, 1]));
    expect(now?.seconds).toBe(180);
    expect(now?.hit_rate).toBeCloseTo(180 / 201);
    expect(nowOf([], answerOf([], []))).toBeNull();
    expect(nowOf([], undefined)).toBeNull();
  });

  it("knows nothing where the history is old", () => {
    const answer = answerOf([0.5, 0.5], [9, 9]);
    expect(nowOf([], { ...answer, end: 3600 })).toBeNull();
  });

  it("forgets what was before the counters were taken back", () => {
    const looks = remembered([look(0, 500, 0), look(2, 510, 0)], look(4, 3, 0));
    expect(looks.map(({ time }) => time)).toEqual([4]);
  });
});

describe("episodes", () => {
  const low = (values: (number | null)[]) => episodes(answerOf(values, []), "hit_rate", (value) => value < 0.5);

  it("begin with their first minute and end with their last", () => {
    expect(low([0.9, 0.3, 0.2, 0.9, 0.9])).toEqual([{ from: 60, until: 180, isOver: true, worst: 0.2 }]);
  });

  it("are not over after one good minute", () => {
    expect(low([0.9, 0.3, 0.9])).toMatchObject([{ from: 60, until: 120, isOver: false }]);
    expect(low([0.3, 0.9, 0.3, 0.9, 0.9])).toMatchObject([{ from: 0, until: 180, isOver: true }]);
  });

  it("are over when nobody asks any more", () => {
    expect(low([0.9, 0.3, null, null, null, null, null, null])).toMatchObject([{ isOver: true }]);
  });

  it("pass over minutes that nobody knows of", () => {
    expect(low([0.3, null, 0.3])).toMatchObject([{ from: 0, until: 180 }]);
    expect(low([])).toEqual([]);
    expect(episodes(undefined, "hit_rate", () => true)).toEqual([]);
  });
});
