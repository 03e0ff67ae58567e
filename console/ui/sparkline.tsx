const WIDTH = 92;
const HEIGHT = 22;
const MARGIN = 3;

/** A line without axes, for a table. `label` says in words what it shows. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(...values, 1);
  const step = WIDTH / Math.max(values.length - 1, 1);
  const points = values.map(
    (value, index) => `${(index * step).toFixed(1)},${(HEIGHT - MARGIN - (value / most) * (HEIGHT - 2 * MARGIN)).toFixed(1)}`,
  );
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      <title>{label}</title>
      <polyline points={points.join(' ')} fill="none" stroke="var(--holdfast-plot)" strokeWidth={1.6} strokeLinejoin="round" />
    </svg>
  );
}
