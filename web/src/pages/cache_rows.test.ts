import { describe, expect, it } from "vitest";
import { activityOf, cachesOf } from "../../storybook/worlds";
import { hasSeveralTeams, rowsOf, sorted } from "./cache_rows";

const NOW = 1_790_000_000;
const rows = rowsOf(cachesOf("degraded", NOW), activityOf("degraded", NOW));
const names = (text: string, by: Parameters<typeof sorted>[2]) =>
  sorted(rows, text, by).map((row) => row.cache.name);
const byName = { by: "name", isDescending: false } as const;

describe("rows of caches", () => {
  it("come with the worst first", () => {
    const byHealth = sorted(rows, "", { by: "health", isDescending: false });
    expect(byHealth[0]?.cache.name).toBe("shop");
    expect(byHealth[0]?.health.kind).toBe("firing");
    const ranks = byHealth.map(({ health }) => health.rank);
    expect(ranks).toEqual([...ranks].sort());
  });

  it("are found by name, plan, id and health, all words together", () => {
    expect(names("shop", byName)).toEqual(["shop"]);
    expect(names("100002", byName)).toEqual(["api"]);
    expect(names("disabled", byName)).toEqual(["staging"]);
    expect(names("no answer", byName)).toEqual(["search"]);
    expect(names("250 MiB", byName).length).toBeGreaterThan(0);
    expect(names("shop staging", byName)).toEqual([]);
  });

  it("are sorted either way, and by name where they are equal", () => {
    const up = names("", byName);
    expect(names("", { by: "name", isDescending: true })).toEqual([...up].reverse());
    const first = sorted(rows, "", { by: "request_rate", isDescending: true })[0];
    const most = Math.max(...rows.map((row) => row.requestRate ?? 0));
    expect(first?.requestRate).toBe(most);
  });

  it("are found by their team and sorted by it, what no team has first", () => {
    const all = cachesOf("huge", NOW);
    const of = rowsOf(all, undefined);
    expect(new Set(sorted(of, "recommendations", byName).map(({ cache }) => cache.team_name))).toEqual(new Set(["Search and recommendations"]));
    const byTeam = sorted(of, "", { by: "team", isDescending: false }).map(({ cache }) => cache.team_name);
    expect([byTeam[0], byTeam.at(-1)]).toEqual([null, "Search and recommendations"]);
    expect(hasSeveralTeams(all)).toBe(true);
    expect(hasSeveralTeams(cachesOf("normal", NOW))).toBe(false);
  });

  it("know no rate until the activity is known", () => {
    expect(rowsOf(cachesOf("normal", NOW), undefined)[0]?.requestRate).toBeNull();
  });
});
