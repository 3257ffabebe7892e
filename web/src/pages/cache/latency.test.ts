import { describe, expect, it } from "vitest";
import { linesOfLatency, slowest } from "./latency";

describe("latency over time", () => {
  const answer = {
    start: 105,
    end: 185,
    step_seconds: 20,
    unit: "nanoseconds",
    columns: ["time", "mean", "p50", "p99"],
    servers: [
      { server: "one", points: [[120, 5, 4, 9], [160, 7, null, null]] },
      { server: "two", points: [[120, 6, 3, 20]] },
    ],
  };

  it("has a value for each step, of the slowest server, and none where nothing was asked", () => {
    expect(linesOfLatency(answer)).toEqual({
      start: 105,
      end: 185,
      times: [120, 140, 160, 180],
      mean: [6, null, 7, null],
      p50: [4, null, null, null],
      p99: [20, null, null, null],
    });
  });

  it("is empty for no time", () => {
    expect(linesOfLatency({ ...answer, end: 105 }).times).toEqual([]);
  });
});

describe("the slowest server", () => {
  const of = (server: string, p99_ns: number | null) => ({
    server,
    requests_per_second: 1,
    mean_ns: 1,
    p50_ns: 1,
    p99_ns,
    families: [],
  });

  it("has the highest p99 of those that were asked", () => {
    expect(slowest([of("one", 5), of("two", 9), of("three", null)])?.server).toBe("two");
    expect(slowest([of("one", null)])).toBeNull();
    expect(slowest(undefined)).toBeNull();
  });
});
