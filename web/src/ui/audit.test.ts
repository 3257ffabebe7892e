import { describe, expect, it } from "vitest";
import { changeOf } from "./audit";

describe("a change in the audit", () => {
  it("tells what was and what is", () => {
    expect(changeOf({ before: { plan: "dev", limit_bytes: 0 }, after: { plan: "100", limit_bytes: 115_343_360 } })).toBe(
      "plan: dev → 100, limit bytes: 0 B → 110 MiB",
    );
    expect(changeOf({ before: { team: 0 }, after: { team: 4 } })).toBe("team: – → 4");
  });

  it("tells of something new only what it has", () => {
    const after = { name: "shop", team: 0, disabled_by: "", deleted_at: 0, enabled: true };
    expect(changeOf({ before: null, after })).toBe("name: shop, enabled: true");
    expect(changeOf({ before: null, after: null })).toBe("");
  });
});
