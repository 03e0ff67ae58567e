import { useId } from 'react';
import classes from './day-plot.module.css';

export interface PlotSeries {
  readonly name: string;
  /** A colour of the theme. */
  readonly color: string;
  /** One for each day; `null` where there is none. */
  readonly values: readonly (number | null)[];
}

interface DayPlotProps {
  title: string;
  /** As `2026-03-01`, in their order. */
  days: readonly string[];
  series: readonly PlotSeries[];
  /** `stack`: parts of a whole. `lines`: values beside each other. */
  kind: 'stack' | 'lines';
  /** How a value is written. */
  format: (value: number) => string;
  /** Beside the title: what all days come to. */
  sum: string;
}

const WIDTH = 320;
const HEIGHT = 72;
const GAP = 1;

/**
 * Numbers of days, drawn without a library. Who does not see it reads the same in the table that the page
 * offers; a day's numbers come up when it is pointed at.
 */
export function DayPlot({ title, days, series, kind, format, sum }: DayPlotProps) {
  const id = useId();
  const totals = days.map((_, day) => series.map(({ values }) => values[day] ?? 0));
  const most = Math.max(...totals.map((parts) => (kind === 'stack' ? parts.reduce((all, part) => all + part, 0) : Math.max(...parts))), 1);
  const step = WIDTH / Math.max(days.length, 1);
  return (
    <figure className={classes.plot} aria-labelledby={id}>
      <figcaption className={classes.head}>
        <span id={id} className={classes.title}>
          {title}
        </span>
        <span className={classes.sum}>{sum}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
        <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--holdfast-line)" vectorEffect="non-scaling-stroke" />
        {kind === 'stack' ? (
          <Stacks series={series} totals={totals} most={most} step={step} />
        ) : (
          <Lines series={series} most={most} step={step} />
        )}
        {days.map((day, index) => (
          <rect key={day} x={index * step} y={0} width={step} height={HEIGHT} fill="transparent">
            <title>{`${dayInWords(day)}: ${series.map(({ name, values }) => `${name} ${shown(values[index] ?? null, format)}`).join(', ')}`}</title>
          </rect>
        ))}
      </svg>
      <div className={classes.axis} aria-hidden>
        <span>{dayInWords(days[0])}</span>
        <span>most {format(most)}</span>
        <span>{dayInWords(days.at(-1))}</span>
      </div>
      <ul className={classes.legend} aria-hidden>
        {series.map(({ name, color }) => (
          <li key={name}>
            <span className={classes.key} style={{ background: color }} />
            {name}
          </li>
        ))}
      </ul>
    </figure>
  );
}

interface Drawn {
  series: readonly PlotSeries[];
  most: number;
  step: number;
}

function Stacks({ series, totals, most, step }: Drawn & { totals: readonly (readonly number[])[] }) {
  return totals.map((parts, day) => {
    let below = 0;
    return parts.map((part, index) => {
      const height = (part / most) * (HEIGHT - 2);
      below += height;
      const { name = '', color } = series[index] ?? {};
      if (part === 0) return null;
      return (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: days have an order and no other name here
          key={`${day} ${name}`}
          x={day * step + GAP / 2}
          y={HEIGHT - 1 - below}
          width={Math.max(step - GAP, 0.5)}
          height={Math.max(height, 0.8)}
          fill={color}
        />
      );
    });
  });
}

/**
 * Days without a value are left out: the line goes from the day before to the day after. A day alone is a
 * dot.
 */
function Lines({ series, most, step }: Drawn) {
  return series.map(({ name, color, values }) => {
    const points = values.flatMap((value, day) =>
      value === null ? [] : [[(day + 0.5) * step, HEIGHT - 3 - (value / most) * (HEIGHT - 6)] as const],
    );
    const drawn = points.length === 1 ? [...points, ...points.map(([x, y]) => [x + 0.01, y] as const)] : points;
    return (
      <polyline
        key={name}
        points={drawn.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(1)}`).join(' ')}
        fill="none"
        stroke={color}
        strokeWidth={points.length === 1 ? 6 : 2}
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    );
  });
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

/** "3 Mar", whatever the reader's zone: the day is one already. */
export function dayInWords(day: string | undefined): string {
  if (day === undefined) return '';
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
}
