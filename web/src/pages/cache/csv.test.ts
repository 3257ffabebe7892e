import { describe, expect, it } from "vitest";
import { columnsOf, csvOf, latencyColumnsOf } from "./csv";

const series = (name: string, unit: string) => ({ name, unit, kind: "rate" as const, formula: "", help: "" });
const answer = {
  start: 0,
  end: 180,
  step_seconds: 60,
  series: [series("request_rate", "per second"), series("items", "items")],
  points: [[60, 1.5, 7], [120, null, 8]],
};
const latency = { start: 0, end: 80, times: [40, 60, 80], mean: [], p50: [4, 5, null], p99: [9, 8, null] };

describe("the download of a chart", () => {
  it("has a column a series with its unit, and nothing where nothing is known", () => {
    expect(csvOf(columnsOf(answer))).toBe(
      "time,request_rate (per second),items (items)\r\n" +
        "1970-01-01T00:01:00.000Z,1.5,7\r\n" +
        "1970-01-01T00:02:00.000Z,,8\r\n",
    );
  });

  it("has the latency's percentiles beside them, each at its own times", () => {
    expect(csvOf([...columnsOf({ ...answer, series: [series("items", "items")], points: [[60, 7]] }), ...latencyColumnsOf(latency)])).toBe(
      "time,items (items),latency_p50 (nanoseconds),latency_p99 (nanoseconds)\r\n" +
        "1970-01-01T00:00:40.000Z,,4,9\r\n" +
        "1970-01-01T00:01:00.000Z,7,5,8\r\n",
    );
  });

  it("has no column for a latency that is not known", () => {
    expect(latencyColumnsOf({ ...latency, p99: [null] })).toEqual([]);
    expect(latencyColumnsOf(undefined)).toEqual([]);
  });
});
