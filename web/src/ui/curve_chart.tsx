// Hit rate by memory, as an SVG: a curve of a few hundred points, a mark for each plan, one for today.
import type { MissRatioCurve } from "../api/types";
import { bytes, percent, planName } from "../format";
import { useWidth } from "./width";

const HEIGHT = 260;
const PAD = { left: 46, right: 40, top: 16, bottom: 34 };

export function CurveChart(props: { curve: MissRatioCurve; present: string; recommended: string }) {
  const { curve, present, recommended } = props;
  const { ref, width } = useWidth();
  const sizes = curve.points.map((point) => point.memory_bytes).filter((size) => size > 0);
  const plans = curve.plans.filter((plan) => plan.memory_bytes > 0);
  const least = Math.max(1, Math.min(...sizes, ...plans.map((plan) => plan.memory_bytes)) / 2);
  const most = Math.max(...sizes.slice(-1), ...plans.map((plan) => plan.memory_bytes), least * 2);
  // Plans double and double again: a logarithmic axis gives each the same room.
  const x = (size: number) =>
    PAD.left +
    (Math.log(Math.max(size, least) / least) / Math.log(most / least)) * (width - PAD.left - PAD.right);
  const y = (hitRate: number) => PAD.top + (1 - hitRate) * (HEIGHT - PAD.top - PAD.bottom);
  const last = curve.points.at(-1);
  // Beyond what was ever stored, more memory changes nothing.
  const points = last && last.memory_bytes < most ? [...curve.points, { ...last, memory_bytes: most }] : curve.points;
  const line = points
    .filter((point) => point.memory_bytes >= least)
    .map((point) => `${x(point.memory_bytes).toFixed(1)},${y(1 - point.miss_ratio).toFixed(1)}`);
  const told = plans.map((plan) => `${planName(plan.plan ?? "")}: about ${percent(plan.hit_rate, 0)}`).join(", ");
  const labelled = roomFor(plans.map(({ plan, memory_bytes }) => ({ name: plan, x: x(memory_bytes) })), recommended);
  const label = `Expected hit rate by memory. ${told}`;
  return (
    <div ref={ref} style={{ height: HEIGHT }}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={label} fontSize={11}>
          {[0, 0.25, 0.5, 0.75, 1].map((ratio) => (
            <g key={ratio}>
              <line x1={PAD.left} x2={width - PAD.right} y1={y(ratio)} y2={y(ratio)} stroke="var(--chart-grid)" />
              <text x={PAD.left - 8} y={y(ratio) + 4} textAnchor="end" fill="var(--mantine-color-dimmed)">
                {percent(ratio, 0)}
              </text>
            </g>
          ))}
          <polyline points={line.join(" ")} fill="none" stroke="var(--chart-1)" strokeWidth={2} />
          <Today x={x(curve.limit_bytes)} text={`now ${/^\d+$/.test(present) ? planName(present) : bytes(curve.limit_bytes)}`} width={width} />
          {plans.map((plan) => (
            <PlanMark
              key={plan.plan}
              x={x(plan.memory_bytes)}
              y={y(plan.hit_rate)}
              name={planName(plan.plan ?? "")}
              isRecommended={plan.plan === recommended}
              isLabelled={labelled.has(plan.plan)}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

const LABEL_WIDTH = 60;

// The recommended plan has its name under the axis, and of the others those that stand clear of the last.
function roomFor(marks: { name: string | undefined; x: number }[], recommended: string) {
  const at = marks.find(({ name }) => name === recommended)?.x ?? Number.NEGATIVE_INFINITY;
  const names = new Set<string | undefined>([recommended]);
  let last = Number.NEGATIVE_INFINITY;
  for (const { name, x } of marks) {
    if (x - last < LABEL_WIDTH || Math.abs(x - at) < LABEL_WIDTH) continue;
    names.add(name);
    last = x;
  }
  return names;
}

function Today({ x, text, width }: { x: number; text: string; width: number }) {
  const isAtEnd = x > width - 120;
  return (
    <g>
      <line
        x1={x}
        x2={x}
        y1={PAD.top}
        y2={HEIGHT - PAD.bottom}
        stroke="var(--mantine-color-dimmed)"
        strokeDasharray="4 4"
      />
      <text
        x={x + (isAtEnd ? -6 : 6)}
        y={HEIGHT - PAD.bottom - 8}
        textAnchor={isAtEnd ? "end" : "start"}
        fill="var(--mantine-color-dimmed)"
      >
        {text}
      </text>
    </g>
  );
}

function PlanMark(props: {
  x: number;
  y: number;
  name: string;
  isRecommended: boolean;
  isLabelled: boolean;
}) {
  const { x, y, name, isRecommended, isLabelled } = props;
  return (
    <g>
      <circle
        cx={x}
        cy={y}
        r={isRecommended ? 6 : 4}
        fill={isRecommended ? "var(--chart-1)" : "var(--surface)"}
        stroke="var(--chart-1)"
        strokeWidth={2}
      />
      {isLabelled && (
        <text
          x={x}
          y={HEIGHT - 12}
          textAnchor="middle"
          fontWeight={isRecommended ? 700 : 400}
          fill={isRecommended ? "var(--mantine-color-text)" : "var(--mantine-color-dimmed)"}
        >
          {name}
        </text>
      )}
    </g>
  );
}
