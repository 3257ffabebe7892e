// A time series, drawn by uPlot: two axes, hover values, zoom by dragging, markers for what happened.
// The same values are told as text above the chart, so that it is not for eyes alone. Charts that stand
// one below another have one time axis: each keeps the room of both axes, also where it has only one.
import "uplot/dist/uPlot.min.css";
import { Box, Group, Text, useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { exactTime, seriesValue, spaced } from "../format";
import { drawMarkers, type Marker } from "./time_markers";
import { useWidth } from "./width";

export interface Line {
  name: string;
  unit: string;
  values: (number | null)[];
  axis: "left" | "right";
}

export interface Span {
  start: number;
  end: number;
}

export type { Marker } from "./time_markers";

const COLORS = ["--chart-1", "--chart-3", "--chart-2", "--chart-4"];

export function TimeChart(props: {
  times: number[];
  lines: Line[];
  markers?: Marker[];
  height?: number;
  label: string;
  span: Span; // what was asked about, also where nothing is known
  onZoom?: (start: number, end: number) => void;
}) {
  const { times, lines, markers = [], height = 260, label } = props;
  const { ref, width } = useWidth();
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const [hovered, setHovered] = useState<number | null>(null);
  const onZoom = useRef(props.onZoom);
  onZoom.current = props.onZoom;
  const span = useRef(props.span);
  span.current = props.span;
  const about = JSON.stringify([lines.map(({ name, unit, axis }) => [name, unit, axis]), markers]);
  const chart = useRef<uPlot | null>(null);

  useEffect(() => {
    if (holder.current === null || width === 0) return;
    const data = [times, ...lines.map((line) => line.values)] as uPlot.AlignedData;
    const options = optionsOf({ width, height, lines, markers, span, setHovered, onZoom: onZoom.current });
    const made = new uPlot(options, data, holder.current);
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
    // Data alone does not make a new chart: see below.
    // eslint-disable-next-line
  }, [width > 0, height, scheme, about]);

  useEffect(() => {
    chart.current?.setData([times, ...lines.map((line) => line.values)] as uPlot.AlignedData);
  }, [times, lines]);

  useEffect(() => {
    if (width > 0) chart.current?.setSize({ width, height });
  }, [width, height]);

  const index = hovered ?? lastKnown(lines);
  return (
    <Box>
      <Group gap="lg" mb="xs" mih={24} wrap="wrap">
        {lines.map((line, position) => (
          <Group key={line.name} gap={6} wrap="nowrap">
            <Box w={10} h={3} bg={`var(${COLORS[position % COLORS.length]})`} style={{ borderRadius: 2 }} />
            <Text size="sm" c="dimmed">
              {spaced(line.name)}
            </Text>
            <Text size="sm" fw={600} miw={56}>
              {index === null ? "–" : seriesValue(line.values[index], line.unit)}
            </Text>
          </Group>
        ))}
        <Text size="xs" c="dimmed" ml="auto">
          {index !== null && times[index] !== undefined ? exactTime(times[index]) : ""}
        </Text>
      </Group>
      <Box ref={ref} h={height} role="img" aria-label={summary(label, lines)}>
        <div ref={holder} />
      </Box>
    </Box>
  );
}

function lastKnown(lines: Line[]): number | null {
  const length = lines[0]?.values.length ?? 0;
  for (let i = length - 1; i >= 0; --i) {
    if (lines.some((line) => line.values[i] !== null && line.values[i] !== undefined)) return i;
  }
  return null;
}

function summary(label: string, lines: Line[]): string {
  const parts = lines.map((line) => {
    const known = line.values.filter((value): value is number => value !== null);
    if (known.length === 0) return `${spaced(line.name)}: nothing known`;
    const told = (value: number) => seriesValue(value, line.unit);
    const last = known.at(-1) ?? 0;
    const [least, most] = [Math.min(...known), Math.max(...known)];
    return `${spaced(line.name)}: ${told(least)} to ${told(most)}, last ${told(last)}`;
  });
  return `${label}. ${parts.join(". ")}`;
}

interface Making {
  width: number;
  height: number;
  lines: Line[];
  markers: Marker[];
  span: { current: Span };
  setHovered: (index: number | null) => void;
  onZoom: ((start: number, end: number) => void) | undefined;
}

const NARROW = 480;

// The room of an axis: of "1.25 MiB/s" where there is enough, and of "512 MiB" on a phone.
function gutterOf(width: number): number {
  return width < NARROW ? 52 : 68;
}

// Memory is told in KiB and MiB, so its ticks stand at round numbers of those.
const BINARY_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

function optionsOf({ width, height, lines, markers, span, setHovered, onZoom }: Making): uPlot.Options {
  const text = cssColor("--mantine-color-dimmed");
  const gutter = gutterOf(width);
  const hasRight = lines.some(({ axis }) => axis === "right");
  const grid = { stroke: cssColor("--chart-grid"), width: 1 };
  const font = '11px "Inter Variable", system-ui, sans-serif';
  const axisOf = (side: "left" | "right"): uPlot.Axis | null => {
    const line = lines.find(({ axis }) => axis === side);
    if (line === undefined) return null;
    return {
      scale: side,
      side: side === "left" ? 3 : 1,
      stroke: text,
      grid: side === "left" ? grid : { show: false },
      ticks: { show: false },
      font,
      size: gutter,
      gap: 4,
      ...(line.unit.startsWith("bytes") ? { incrs: BINARY_STEPS } : {}),
      values: (_, splits) => splits.map((value) => seriesValue(value, line.unit)),
    };
  };
  const time: uPlot.Axis = {
    stroke: text,
    grid: { show: false },
    ticks: grid,
    font,
    size: 34,
    space: width < NARROW ? 64 : 80,
    values: (_, splits) => splits.map((at, index) => tickOf(at, splits[index - 1], splits)),
  };
  return {
    width,
    height,
    padding: [12, hasRight ? 0 : gutter, 0, 0],
    cursor: { drag: { x: true, y: false, setScale: onZoom === undefined }, points: { size: 7 } },
    legend: { show: false },
    scales: { x: { time: true, range: () => [span.current.start, span.current.end] }, left: scaleOf(lines, "left"), right: scaleOf(lines, "right") },
    axes: [time, axisOf("left"), axisOf("right")].filter((axis) => axis !== null),
    series: [{}, ...lines.map(seriesOf)],
    hooks: {
      setCursor: [({ cursor }) => setHovered(cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          if (onZoom === undefined || plot.select.width < 8) return;
          const start = plot.posToVal(plot.select.left, "x");
          const end = plot.posToVal(plot.select.left + plot.select.width, "x");
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          onZoom(Math.floor(start), Math.ceil(end));
        },
      ],
      draw: [(plot) => drawMarkers(plot, markers, text)],
    },
  };
}

// As short as the distance of the ticks allows; the day where it changes.
function tickOf(at: number, before: number | undefined, all: number[]): string {
  const step = (all[1] ?? at) - (all[0] ?? at);
  const told = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", options).format(at * 1000);
  const day = told({ day: "numeric", month: "short" });
  if (step >= 28 * 86_400) return told({ month: "short", year: "numeric" });
  if (step >= 86_400) return day;
  const isNewDay = before !== undefined && new Date(before * 1000).getDate() !== new Date(at * 1000).getDate();
  return isNewDay ? day : told({ hour: "2-digit", minute: "2-digit" });
}

// From zero always: a rate that wobbles by one per cent must not look like a crisis.
function scaleOf(lines: Line[], side: "left" | "right"): uPlot.Scale {
  const isRatio = lines.some((line) => line.axis === side && line.unit === "ratio");
  const least = isRatio ? 1 : 1e-9;
  return { range: (_, __, most) => [0, Math.max(least, (most ?? 0) * (isRatio ? 1 : 1.08))] };
}

function seriesOf(line: Line, position: number): uPlot.Series {
  const color = cssColor(COLORS[position % COLORS.length] ?? "--chart-1");
  return {
    label: line.name,
    scale: line.axis,
    stroke: color,
    width: 1.75,
    // Where its neighbours are not known, a value would make no line.
    points: { show: true, size: 4, fill: color, filter: (plot, at) => lonely(plot.data[at] ?? []) },
    spanGaps: false,
    ...(position === 0 ? { fill: `${color}18` } : {}),
  };
}

function lonely(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, at) => {
    const isAlone = value != null && values[at - 1] == null && values[at + 1] == null;
    return isAlone ? [at] : [];
  });
}
