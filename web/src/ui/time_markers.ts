// What happened, as dashed lines over a chart, each with a word at its foot. Words never lie on one
// another: what is said at about the same place stands in a row of its own above, and what finds no room
// in a few rows is a line without a word.
import type uPlot from "uplot";

export interface Marker {
  at: number;
  text: string;
}

export interface Placed {
  text: string;
  left: number;
  row: number; // 0 at the foot
}

const ROWS_MAX = 4;
const GAP = 4;

// `marks` from left to right, each `width` wide; none is put beyond `end`.
export function placed(marks: { x: number; text: string; width: number }[], end: number): Placed[] {
  const taken: { left: number; right: number }[][] = Array.from({ length: ROWS_MAX }, () => []);
  return marks.flatMap(({ x, text, width }) => {
    const left = x + GAP + width > end ? x - GAP - width : x + GAP;
    const right = left + width;
    const row = taken.findIndex((row) => row.every((one) => right + GAP < one.left || one.right + GAP < left));
    taken[row]?.push({ left, right });
    return row < 0 ? [] : [{ text, left, row }];
  });
}

export function drawMarkers(plot: uPlot, markers: Marker[], color: string) {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales["x"] ?? {};
  if (min == null || max == null) return;
  const shown = markers
    .filter(({ at }) => at >= min && at <= max)
    .map(({ at, text }) => ({ text, x: Math.round(plot.valToPos(at, "x", true)) }))
    .sort((one, other) => one.x - other.x);
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.setLineDash([4, 4]);
  ctx.font = `${11 * devicePixelRatio}px "Inter Variable", system-ui, sans-serif`;
  const foot = bbox.top + bbox.height;
  for (const { x } of shown) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, foot);
    ctx.stroke();
  }
  const marks = shown.map((one) => ({ ...one, width: ctx.measureText(one.text).width }));
  for (const { text, left, row } of placed(marks, bbox.left + bbox.width)) {
    ctx.fillText(text, left, foot - (6 + 14 * row) * devicePixelRatio);
  }
  ctx.restore();
}
