import type { Answer, getOverview } from '@holdfast/api';
import { Table, Text, Title } from '@mantine/core';
import { dayInWords } from '../../ui/day-plot.tsx';
import classes from './runs-plot.module.css';

type Day = Answer<typeof getOverview>['runsPerDay'][number];

/**
 * Runs a day over the last 30 days, as columns of succeeded and failed ones. The same numbers stand in a
 * table for screen readers.
 */
export function RunsPlot({ days }: { days: readonly Day[] }) {
  const highest = Math.max(1, ...days.map((day) => day.succeeded + day.failed));
  const succeeded = days.reduce((sum, day) => sum + day.succeeded, 0);
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  const first = days[0];
  const last = days.at(-1);
  return (
    <section aria-labelledby="plot">
      <div className={classes.head}>
        <Title order={2} id="plot">
          Runs in the last {days.length} days
        </Title>
        <Text size="sm" c="dimmed">
          <span className={classes.key} data-kind="succeeded" aria-hidden /> {succeeded.toLocaleString()} succeeded{' '}
          <span className={classes.key} data-kind="failed" aria-hidden /> {failed.toLocaleString()} failed
        </Text>
      </div>
      <div className={classes.plot} aria-hidden>
        {days.map((day) => (
          <div key={day.day} className={classes.day} title={`${dayInWords(day.day)}: ${day.succeeded} succeeded, ${day.failed} failed`}>
            <span className={classes.column} data-kind="failed" style={{ height: `${(day.failed / highest) * 100}%` }} />
            <span className={classes.column} data-kind="succeeded" style={{ height: `${(day.succeeded / highest) * 100}%` }} />
          </div>
        ))}
      </div>
      <div className={classes.axis} aria-hidden>
        <span>{dayInWords(first?.day)}</span>
        <span>at most {highest.toLocaleString()} a day</span>
        <span>{dayInWords(last?.day)}</span>
      </div>
      <div className="visually-hidden">
        <Table
          data={{
            caption: 'Runs a day',
            head: ['Day', 'Succeeded', 'Failed'],
            body: days.filter((day) => day.succeeded + day.failed > 0).map((day) => [dayInWords(day.day), day.succeeded, day.failed]),
          }}
        />
      </div>
    </section>
  );
}
