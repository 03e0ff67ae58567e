import { getRunHistory, HISTORY_DAYS, type RunHistory as History } from '@holdfast/api';
import { Skeleton, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { readersZone } from '../../api/readers-zone.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { DayPlot, dayInWords } from '../../ui/day-plot.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import classes from './run-history.module.css';
import { millisecondsInWords } from './run-words.ts';

const POLL_MILLISECONDS = 60_000;
const PLOTS = ['Runs', 'Documents', 'Time of a run'] as const;
/** A plot with its title, axis and legend; the line that opens the table. */
const PLOT_PIXELS = 134;
const TABLE_PIXELS = 20;
const GOOD = 'var(--holdfast-plot)';
const QUIET = 'color-mix(in srgb, var(--holdfast-plot) 45%, transparent)';
const BAD = 'var(--holdfast-plot-bad)';
const WARN = 'var(--holdfast-warn-ink)';

type Day = History['days'][number];
type Period = `${(typeof HISTORY_DAYS)[number]}`;

const count = (value: number) => value.toLocaleString();

/** What the runs of the last days came to: how they ended, their documents, how long they took. */
export function RunHistory({ workflow, project }: { workflow?: string | undefined; project?: string | undefined }) {
  const [period, setPeriod] = useState<Period>('30');
  const history = useEndpoint(
    getRunHistory,
    {
      query: {
        days: Number(period) as (typeof HISTORY_DAYS)[number],
        zone: readersZone(),
        ...(workflow === undefined ? {} : { workflow }),
        ...(project === undefined ? {} : { project }),
      },
    },
    { refetchInterval: POLL_MILLISECONDS, keepPrevious: true },
  );
  const days = history.data?.days;
  return (
    <section aria-labelledby="history" className={classes.section}>
      <div className={classes.head}>
        <Title order={2} id="history" size="h4">
          History
        </Title>
        <ChoiceChips
          label="Period"
          choices={HISTORY_DAYS.map((choice) => ({ value: String(choice) as Period, label: `${choice} days` }))}
          value={period}
          onChange={setPeriod}
        />
      </div>
      <WhenRead what="The history" of={history}>
        {days === undefined ? (
          <Waiting />
        ) : (
          // Until those of another period are here, the former ones stay.
          <div aria-busy={history.isPlaceholderData} className={classes.days}>
            {days.some(hasRuns) ? (
              <Plots days={days} />
            ) : (
              <Text c="dimmed" mih={PLOT_PIXELS}>
                No run ended in these days.
              </Text>
            )}
          </div>
        )}
      </WhenRead>
    </section>
  );
}

/** The outlines of what is going to be drawn, as high as it, so that nothing below jumps. */
function Waiting() {
  return (
    <Placeholder>
      <div className={classes.plots}>
        {PLOTS.map((plot) => (
          <Skeleton key={plot} height={PLOT_PIXELS} radius="md" />
        ))}
      </div>
      <Skeleton height={TABLE_PIXELS} width={110} mt={10} />
    </Placeholder>
  );
}

function hasRuns({ runs }: Day): boolean {
  return runs.succeeded + runs.failed + runs.cancelled > 0;
}

function Plots({ days }: { days: readonly Day[] }) {
  const names = days.map(({ day }) => day);
  const sum = (of: (day: Day) => number) => days.reduce((all, day) => all + of(day), 0);
  const runs = sum((day) => day.runs.succeeded + day.runs.failed + day.runs.cancelled);
  const failed = sum((day) => day.runs.failed);
  const lost = sum((day) => day.documents.failed);
  const published = sum((day) => day.documents.published);
  const slowest = Math.max(...days.map((day) => day.milliseconds?.slowest ?? 0));
  return (
    <>
      <div className={classes.plots}>
        <DayPlot
          title="Runs"
          sum={`${count(runs)}, ${count(failed)} failed`}
          kind="stack"
          days={names}
          format={count}
          series={[
            { name: 'succeeded', color: GOOD, values: days.map((day) => day.runs.succeeded) },
            { name: 'cancelled', color: WARN, values: days.map((day) => day.runs.cancelled) },
            { name: 'failed', color: BAD, values: days.map((day) => day.runs.failed) },
          ]}
        />
        <DayPlot
          title="Documents"
          sum={`${count(published)} published, ${count(lost)} failed`}
          kind="stack"
          days={names}
          format={count}
          series={[
            { name: 'published', color: GOOD, values: days.map((day) => day.documents.published) },
            { name: 'unchanged', color: QUIET, values: days.map((day) => day.documents.unchanged) },
            { name: 'left out', color: WARN, values: days.map((day) => day.documents.skipped) },
            { name: 'failed', color: BAD, values: days.map((day) => day.documents.failed) },
          ]}
        />
        <DayPlot
          title="Time of a run"
          sum={`up to ${millisecondsInWords(slowest)}`}
          kind="lines"
          days={names}
          format={millisecondsInWords}
          series={[
            { name: 'half are faster', color: GOOD, values: days.map((day) => day.milliseconds?.median ?? null) },
            { name: '95 % are faster', color: WARN, values: days.map((day) => day.milliseconds?.slowest ?? null) },
          ]}
        />
      </div>
      <details className={classes.table}>
        <summary>Show as a table</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <section className={classes.scroll} tabIndex={0} aria-label="History, day by day">
          <table>
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col">Succeeded</th>
                <th scope="col">Failed</th>
                <th scope="col">Cancelled</th>
                <th scope="col">Published</th>
                <th scope="col">Unchanged</th>
                <th scope="col">Left out</th>
                <th scope="col">Failed documents</th>
                <th scope="col">Half faster than</th>
                <th scope="col">95 % faster than</th>
              </tr>
            </thead>
            <tbody>
              {days
                .filter(hasRuns)
                .toReversed()
                .map((day) => (
                  <tr key={day.day}>
                    <th scope="row">{dayInWords(day.day)}</th>
                    <td>{count(day.runs.succeeded)}</td>
                    <td>{count(day.runs.failed)}</td>
                    <td>{count(day.runs.cancelled)}</td>
                    <td>{count(day.documents.published)}</td>
                    <td>{count(day.documents.unchanged)}</td>
                    <td>{count(day.documents.skipped)}</td>
                    <td>{count(day.documents.failed)}</td>
                    <td>{day.milliseconds === null ? '–' : millisecondsInWords(day.milliseconds.median)}</td>
                    <td>{day.milliseconds === null ? '–' : millisecondsInWords(day.milliseconds.slowest)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      </details>
    </>
  );
}
