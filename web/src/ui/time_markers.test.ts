import { describe, expect, it } from "vitest";
import { placed } from "./time_markers";

describe("the words of markers", () => {
  const flush = (x: number) => ({ x, text: "flush", width: 30 });

  it("stand at the right of their lines, and at the left where the chart ends", () => {
    expect(placed([flush(10), flush(290)], 300)).toEqual([
      { text: "flush", left: 14, row: 0 },
      { text: "flush", left: 256, row: 0 },
    ]);
  });

  it("stand above one another where they would overlap", () => {
    expect(placed([flush(10), flush(20), flush(60)], 300).map(({ row }) => row)).toEqual([0, 1, 0]);
  });

  it("are left out where there is no room", () => {
    expect(placed(Array.from({ length: 9 }, () => flush(10)), 300)).toHaveLength(4);
  });
});
