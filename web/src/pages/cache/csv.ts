// An answer with series as a spreadsheet reads it: times in UTC, a column a series, its unit in the head.
import type { SeriesAnswer } from "../../api/types";

export function csvOf({ series, points }: SeriesAnswer): string {
  const head = ["time", ...series.map(({ name, unit }) => `${name} (${unit})`)];
  const rows = points.map(([time, ...values]) => [
    new Date((time ?? 0) * 1000).toISOString(),
    ...values.map((value) => (value === null ? "" : String(value))),
  ]);
  return [head, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
}
