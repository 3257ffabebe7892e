import { describe, expect, it } from "vitest";
import { closer, moved } from "./zoom";

describe("looking elsewhere", () => {
  it("moves by half of what is shown, and not beyond now", () => {
    expect(moved({ start: 1000, end: 2000 }, -1, 9000)).toEqual({ start: 500, end: 1500 });
    expect(moved({ start: 1000, end: 2000 }, 1, 9000)).toEqual({ start: 1500, end: 2500 });
    expect(moved({ start: 1000, end: 2000 }, 1, 2100)).toEqual({ start: 1100, end: 2100 });
  });

  it("comes closer to the middle, down to two minutes", () => {
    expect(closer({ start: 1000, end: 5000 })).toEqual({ start: 2000, end: 4000 });
    expect(closer({ start: 1000, end: 1120 })).toEqual({ start: 1000, end: 1120 });
  });
});
