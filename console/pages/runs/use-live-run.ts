import {
  getRun,
  getRunSteps,
  listRunItems,
  listRunLog,
  listRuns,
  type Run,
  type RunEvents,
  type RunItem,
  type RunLogLine,
  watchRun,
} from '@holdfast/api';
import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useOrganizationSlug } from '../../api/organization.ts';
import { type LogPages, withLines } from './log-pages.ts';

/** When many documents change in one moment, their list is read again at most this often. */
const READ_AGAIN_MILLISECONDS = 2_000;
/** After the server refused or ended the stream; meanwhile the page asks now and then. */
const AGAIN_MILLISECONDS = 15_000;
/** Lines of the log that are held on: more than come while the log is read once more. */
const HEARD_MAXIMUM_LINES = 1_000;

type Pages<Item> = InfiniteData<{ items: Item[]; nextCursor: string | null }, string | null>;

/**
 * Hears from the server what changes of a run while it goes on, and puts it where the page reads it. Answers
 * whether it hears: while it does not, the page has to ask. A page that nobody sees holds no connection; a
 * browser has few for one server.
 */
export function useLiveRun(runId: string, active: boolean): boolean {
  const slug = useOrganizationSlug();
  const queries = useQueryClient();
  const [live, setLive] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const visible = useVisible();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another connection
  useEffect(() => {
    if (!active || !visible || slug === undefined) return;
    const mine = { params: { run: runId } };
    const keyOf = (id: string) => ({ queryKey: [id, slug, mine.params] });
    const path = watchRun.path.replace(':organization', encodeURIComponent(slug)).replace(':run', encodeURIComponent(runId));
    const source = new EventSource(path);
    let again: ReturnType<typeof setTimeout> | undefined;
    let reading: ReturnType<typeof setTimeout> | undefined;

    /** The newest that this connection brought: what is read meanwhile may be older than that. */
    const heard: RunLogLine[] = [];

    const readAgain = (endpoint: { id: string }) => queries.invalidateQueries(keyOf(endpoint.id));
    // A log that is not shown is read again when it is: it may lack more than what was heard.
    const showLines = () =>
      queries.setQueriesData<LogPages>({ ...keyOf(listRunLog.id), type: 'active' }, (log) => log && withLines(log, heard));
    const readLogAgain = () => readAgain(listRunLog).then(showLines);
    function readItemsSoon() {
      reading ??= setTimeout(() => {
        reading = undefined;
        void readAgain(listRunItems);
      }, READ_AGAIN_MILLISECONDS);
    }
    function showRun(run: Run) {
      const key = [getRun.id, slug, mine.params, null];
      const former = queries.getQueryData<Run>(key);
      queries.setQueryData(key, run);
      if (former?.items.total !== run.items.total) readItemsSoon();
    }
    function on<Name extends keyof RunEvents>(name: Name, take: (data: RunEvents[Name]) => void) {
      source.addEventListener(name, (event) => take(JSON.parse(event.data) as RunEvents[Name]));
    }

    source.addEventListener('open', () => {
      setLive(true);
      // What was missed meanwhile.
      void readAgain(listRunItems);
      void readLogAgain();
    });
    source.addEventListener('error', () => {
      setLive(false);
      if (source.readyState === EventSource.CLOSED) again = setTimeout(() => setAttempt((number) => number + 1), AGAIN_MILLISECONDS);
    });
    on('run', showRun);
    on('items', ({ items, more }) => {
      const byId = new Map(items.map((item) => [item.id, item]));
      let moved = more;
      queries.setQueriesData<Pages<RunItem>>(keyOf(listRunItems.id), (pages) => {
        if (pages === undefined) return pages;
        const { pages: known } = pages;
        return {
          ...pages,
          pages: known.map((page) => ({
            ...page,
            items: page.items.map((item) => {
              const now = byId.get(item.id);
              if (now !== undefined && now.status !== item.status) moved = true;
              return now ?? item;
            }),
          })),
        };
      });
      // A list of one state loses and gains documents.
      if (moved && queries.getQueriesData(keyOf(listRunItems.id)).length > 1) readItemsSoon();
      else if (more) readItemsSoon();
    });
    on('steps', (steps) => queries.setQueryData([getRunSteps.id, slug, mine.params, null], steps));
    on('log', ({ lines, more }) => {
      heard.push(...lines);
      showLines();
      heard.splice(0, heard.length - HEARD_MAXIMUM_LINES);
      if (more) void readLogAgain();
    });
    on('end', (run) => {
      source.close();
      setLive(false);
      showRun(run);
      for (const endpoint of [getRunSteps, listRunItems, listRunLog, listRuns]) void readAgain(endpoint);
    });
    return () => {
      source.close();
      clearTimeout(again);
      clearTimeout(reading);
      setLive(false);
    };
  }, [active, visible, slug, runId, attempt, queries]);
  return live;
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return visible;
}
