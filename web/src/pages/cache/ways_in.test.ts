import { describe, expect, it } from "vitest";
import { networksOf } from "./ways_in";

describe("networks as people type them", () => {
  it("stand between commas, blanks and lines", () => {
    expect(networksOf(" 10.0.0.0/8, 192.168.0.7\n::1 ")).toEqual(["10.0.0.0/8", "192.168.0.7", "::1"]);
    expect(networksOf(" ")).toEqual([]);
  });
});
