import type { Failure } from '@holdfast/api';
import { inNaturalGroups } from '@holdfast/db/data';
import { sql } from 'kysely';
import { storable, storableJson } from '../storable.ts';
import { ItemTakenAway } from './item-taken-away.ts';
import type { LockConnection } from './run-locks.ts';

export interface ItemPlace {
  readonly organizationId: string;
  readonly runId: string;
  readonly itemId: string;
}

export type ItemResult =
  | { readonly status: 'published' | 'unchanged'; readonly publishedAs: string; readonly size: number }
  | { readonly status: 'failed'; readonly failure: Failure }
  /** Left out: its file cannot be read, or not any more. */
  | { readonly status: 'skipped'; readonly failure: Failure }
  /** To be tried again; the failure is why. */
  | { readonly status: 'waiting'; readonly failure: Failure | null };

/**
 * For so long a result waits for others, and for a claim, to go with. A process that is killed meanwhile
 * leaves the document to be published again, which its service recognizes.
 */
const RESULT_MILLISECONDS = 100;

/** What happens to items of the runs whose locks this process holds. It is durable when the call resolves. */
export interface ItemChanges {
  /** `undefined` when the item does not wait any more. Answers the number of this attempt. */
  claim(place: ItemPlace): Promise<number | undefined>;
  /** It was claimed and not begun: it waits again, as if it had not been claimed. */
  release(place: ItemPlace): Promise<void>;
  settle(place: ItemPlace, result: ItemResult): Promise<void>;
  /** A step is about to send it to a service that would not know it again: see `returnInterrupted`. */
  announce(place: ItemPlace, stepId: string): Promise<void>;
  /** The same, with the next claim, with others, or after 100 ms, whichever is first. */
  settleSoon(place: ItemPlace, result: ItemResult): Promise<void>;
  /** Somebody waits for what was settled soon. */
  flush(): void;
  noteProgress(place: ItemPlace, sent: number): Promise<void>;
}

interface Change extends ItemPlace {
  readonly kind: 'claim' | 'release' | 'announce' | 'settle' | 'progress';
  readonly status: string;
  readonly sent: number | null;
  readonly publishedAs: string | null;
  readonly failure: string | null;
  readonly sendingStep: string | null;
}

/**
 * Changes of many items, and of all runs of this process, in one statement each time, on the connection that
 * holds the runs' locks: when they are lost, nothing is claimed any more. An item is claimed only while it
 * waits, and else changed only while it is under way.
 */
export function createItemChanges(connection: LockConnection): ItemChanges {
  const change = inNaturalGroups<Change, number | undefined>(async (asked) => {
    const settled = new Set(asked.filter(({ kind }) => kind !== 'progress').map(({ itemId }) => itemId));
    // PostgreSQL makes one change of a row in a statement, any of them: a result is never lost for progress.
    const changes = asked.filter(({ kind, itemId }) => kind !== 'progress' || !settled.has(itemId));
    const { rows } = await sql<{ place: number; attempts: number }>`
      update run_item i set
        status = c.status,
        sent = coalesce(c.sent, i.sent),
        attempts = i.attempts + case c.kind when 'claim' then 1 when 'release' then -1 else 0 end,
        published_as = case c.kind when 'settle' then c.published_as else i.published_as end,
        failure = case c.kind when 'settle' then c.failure::jsonb else i.failure end,
        finished_at = case when c.kind <> 'settle' then i.finished_at when c.status <> 'waiting' then now() end,
        sending_step = case c.kind when 'progress' then i.sending_step else c.sending_step end
      from unnest(${changes.map(({ organizationId }) => organizationId)}::uuid[], ${changes.map(({ runId }) => runId)}::uuid[],
        ${changes.map(({ itemId }) => itemId)}::uuid[], ${changes.map(({ kind }) => kind)}::text[],
        ${changes.map(({ status }) => status)}::text[], ${changes.map(({ sent }) => sent)}::bigint[],
        ${changes.map(({ publishedAs }) => publishedAs)}::text[], ${changes.map(({ failure }) => failure)}::text[],
        ${changes.map(({ sendingStep }) => sendingStep)}::uuid[])
        with ordinality as c (organization_id, run_id, id, kind, status, sent, published_as, failure, sending_step, place)
      where i.organization_id = c.organization_id and i.run_id = c.run_id and i.id = c.id
        and i.status = case c.kind when 'claim' then 'waiting' else 'running' end
      returning c.place, i.attempts`.execute(connection);
    const attempts = new Map(rows.map((row) => [changes[row.place - 1], row.attempts]));
    return asked.map((each) => attempts.get(each));
  });
  const nothing = { sent: null, publishedAs: null, failure: null, sendingStep: null };
  /** Results that wait for others. */
  const held: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const go of held.splice(0)) go();
  };
  const settle = async (place: ItemPlace, result: ItemResult) => {
    await change({
      ...place,
      ...nothing,
      kind: 'settle',
      status: result.status,
      sent: 'size' in result ? (result.status === 'published' ? result.size : 0) : null,
      publishedAs: 'publishedAs' in result ? storable(result.publishedAs) : null,
      failure: 'failure' in result && result.failure !== null ? storableJson(result.failure) : null,
    });
  };
  return {
    claim(place) {
      flush();
      return change({ ...place, ...nothing, kind: 'claim', status: 'running', sent: 0 });
    },
    async release(place) {
      await change({ ...place, ...nothing, kind: 'release', status: 'waiting', sent: null });
    },
    settle,
    async announce(place, sendingStep) {
      const noted = await change({ ...place, ...nothing, kind: 'announce', status: 'running', sendingStep });
      if (noted === undefined) throw new ItemTakenAway('The item is not under way any more.');
    },
    settleSoon(place, result) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.push(() => resolve(settle(place, result)));
      timer ??= setTimeout(flush, RESULT_MILLISECONDS);
      return promise;
    },
    flush,
    async noteProgress(place, sent) {
      await change({ ...place, ...nothing, kind: 'progress', status: 'running', sent });
    },
  };
}
