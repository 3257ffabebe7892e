// Series as a spreadsheet reads them: times in UTC, a column a series, its unit in the head. Columns of
// several answers may have steps of their own: a row for each time that one of them knows.
import type { SeriesAnswer } from "../../api/types";
import { columnOf, timesOf } from "./hour";
import type { LatencyLines } from "./latency";

export interface CsvColumn {
  name: string;
  unit: string;
  times: number[];
  values: (number | null)[];
}

export function columnsOf(answer: SeriesAnswer): CsvColumn[] {
  const times = timesOf(answer);
  return answer.series.map(({ name, unit }) => ({ name, unit, times, values: columnOf(answer, name).values }));
}

// None where the chart has no line either.
export function latencyColumnsOf(lines: LatencyLines | undefined): CsvColumn[] {
  if (lines === undefined || lines.p99.every((value) => value === null)) return [];
  const of = (name: string, values: (number | null)[]) => ({ name, unit: "nanoseconds", times: lines.times, values });
  return [of("latency_p50", lines.p50), of("latency_p99", lines.p99)];
}

export function csvOf(columns: CsvColumn[]): string {
  const head = ["time", ...columns.map(({ name, unit }) => `${name} (${unit})`)];
  const rows = new Map<number, string[]>();
  columns.forEach(({ times, values }, at) =>
    times.forEach((time, index) => {
      const value = values[index];
      if (value == null) return;
      const row = rows.get(time) ?? columns.map(() => "");
      row[at] = String(value);
      rows.set(time, row);
    }),
  );
  const lines = [...rows]
    .sort(([one], [other]) => one - other)
    .map(([time, values]) => [new Date(time * 1000).toISOString(), ...values]);
  return [head, ...lines].map((line) => line.join(",")).join("\r\n") + "\r\n";
}
