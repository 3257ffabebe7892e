import { describe, expect, it } from "vitest";
import type { SeriesAnswer } from "../../api/types";
import { hourColumnOf, secondsKnown } from "./hour";

const END = 7200;

// Known from `first` on, a point a minute.
function answerFrom(first: number, values: (number | null)[]): SeriesAnswer {
  const series = [{ name: "items", kind: "level" as const, unit: "", formula: "", help: "" }];
  const points = values.map((value, index) => [first + 60 * index, value]);
  return { start: END - 3600, end: END, step_seconds: 60, series, points };
}

describe("the line of the last hour", () => {
  it("is an hour long where only its last minutes are known", () => {
    const { values } = hourColumnOf(answerFrom(END - 120, [7, 8]), "items");
    expect(values).toHaveLength(60);
    expect(values.slice(57)).toEqual([null, 7, 8]);
  });

  it("leaves out what is older", () => {
    const { values } = hourColumnOf(answerFrom(END - 3660, [5, 6]), "items");
    expect(values[0]).toBe(6);
  });
});

describe("the time with samples", () => {
  it("counts steps with a value", () => {
    expect(secondsKnown(answerFrom(END - 180, [1, null, 2]), "items")).toBe(120);
  });
});
