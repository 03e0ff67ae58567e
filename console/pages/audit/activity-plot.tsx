import type { AuditEventRow } from '@holdfast/api';
import { Text } from '@mantine/core';
import classes from './activity-plot.module.css';

const BARS = 48;
const HEIGHT = 44;
const MINUTE = 60_000;

interface Bar {
  from: number;
  good: number;
  bad: number;
}

/**
 * How the events that are listed lie in time; what was refused or failed stands out. Tells a burst from a
 * trickle.
 */
export function ActivityPlot({ events, more }: { events: readonly AuditEventRow[]; more: boolean }) {
  const bars = barsOf(events);
  const most = Math.max(...bars.map((bar) => bar.good + bar.bad), 1);
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined || events.length < 2) return null;
  const troubled = bars.reduce((sum, bar) => sum + bar.bad, 0);
  const words = `${events.length.toLocaleString()}${more ? ' newest' : ''} events from ${shortTime(first.from)} until ${shortTime(last.from)}, ${troubled.toLocaleString()} of them refused or failed`;
  return (
    <figure className={classes.figure}>
      <svg viewBox={`0 0 ${BARS * 10} ${HEIGHT}`} preserveAspectRatio="none" className={classes.plot} role="img" aria-label={words}>
        <title>{words}</title>
        {bars.map((bar, index) => {
          const good = (bar.good / most) * HEIGHT;
          const bad = (bar.bad / most) * HEIGHT;
          return (
            <g key={bar.from}>
              <rect className={classes.good} x={index * 10 + 1} width={8} y={HEIGHT - good} height={good} />
              <rect className={classes.bad} x={index * 10 + 1} width={8} y={HEIGHT - good - bad} height={bad} />
            </g>
          );
        })}
      </svg>
      <figcaption className={classes.caption}>
        <Text size="xs" c="dimmed" span>
          {shortTime(first.from)}
        </Text>
        <Text size="xs" c="dimmed" span>
          {events.length.toLocaleString()} {more ? 'newest events' : 'events'}
          {troubled === 0 ? '' : `, ${troubled.toLocaleString()} refused or failed`}
        </Text>
        <Text size="xs" c="dimmed" span>
          {shortTime(last.from)}
        </Text>
      </figcaption>
    </figure>
  );
}

function barsOf(events: readonly AuditEventRow[]): Bar[] {
  const times = events.map((event) => Date.parse(event.time));
  const end = Math.max(...times);
  const width = Math.max((end - Math.min(...times)) / BARS, MINUTE);
  const start = end - width * BARS;
  const bars = Array.from({ length: BARS }, (_, index): Bar => ({ from: start + index * width, good: 0, bad: 0 }));
  for (const [index, event] of events.entries()) {
    const bar = bars[Math.min(Math.floor(((times[index] ?? start) - start) / width), BARS - 1)];
    if (bar === undefined) continue;
    if (event.outcome === 'refused' || event.outcome === 'failed') bar.bad += 1;
    else bar.good += 1;
  }
  return bars;
}

function shortTime(time: number): string {
  return new Date(time).toLocaleString(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}
