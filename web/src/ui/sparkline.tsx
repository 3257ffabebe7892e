// A line without axes, for tables and cards; its numbers stand beside it as text.
export function Sparkline(props: {
  values: (number | null)[];
  label: string;
  width?: number;
  height?: number;
  max?: number;
}) {
  const { values, label, width = 120, height = 28 } = props;
  const known = values.filter((value): value is number => value !== null);
  const top = Math.max(props.max ?? 0, ...known, 1e-9);
  const step = values.length > 1 ? width / (values.length - 1) : width;
  const y = (value: number) => height - 2 - (value / top) * (height - 4);
  const runs: string[][] = [[]];
  values.forEach((value, index) => {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push(`${(index * step).toFixed(1)},${y(value).toFixed(1)}`);
  });
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width="100%"
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line x1="0" x2={width} y1={height - 1} y2={height - 1} stroke="var(--line)" />
      {runs
        .filter((run) => run.length > 0)
        .map((run) => (
          <polyline
            key={run[0]}
            points={run.length === 1 ? `${run[0]} ${run[0]}` : run.join(" ")}
            fill="none"
            stroke="var(--chart-1)"
            strokeWidth={run.length === 1 ? 5 : 1.5}
            strokeLinejoin="round"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        ))}
    </svg>
  );
}
