import { describe, expect, it } from "vitest";
import { nextPath } from "./pages";

describe("where signing in leads", () => {
  it("is a path of ours and nowhere else", () => {
    expect(nextPath("/caches/100001/insight")).toBe("/caches/100001/insight");
    for (const next of [null, "", "caches", "//evil.test", "/\\evil.test", "https://evil.test"]) {
      expect(nextPath(next)).toBe("/caches");
    }
  });
});
