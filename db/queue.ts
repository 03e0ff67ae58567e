import { fromKysely, PgBoss } from 'pg-boss';
import type { InTransaction } from './connection/statements.ts';

/** What each queue carries: ids, never a value. */
export interface Jobs {
  'component-test': { readonly organizationId: string; readonly testId: string };
  'organization-key': { readonly organizationId: string };
  /** The mail of an invitation. */
  'invitation-mail': { readonly organizationId: string; readonly invitationId: string };
  /** A mail to the holder of an account. */
  'account-mail': { readonly mailId: string };
}
export type QueueName = keyof Jobs;

/** What makes two jobs of a queue the same: of those one waits or is worked on, however often it is sent. */
const KEYS: { readonly [Name in QueueName]?: (job: Jobs[Name]) => string } = {
  'component-test': ({ testId }) => testId,
  'organization-key': ({ organizationId }) => organizationId,
};

export interface Queue {
  /**
   * Puts a job into the queue with the change that asks for it: both are committed, or neither. Does nothing
   * when the same job waits or is worked on.
   *
   * @param dueAt nobody takes it before; at once by default.
   */
  send<Name extends QueueName>(tx: InTransaction, queue: Name, job: Jobs[Name], dueAt?: Date): Promise<void>;
  /**
   * Takes jobs from the queue until `stop`. A handler that throws gets the job again later; so does another
   * process when this one dies. `signal` is aborted when this process stops.
   *
   * @param concurrency jobs at once in this process; 1 by default.
   */
  work<Name extends QueueName>(
    queue: Name,
    options: { concurrency?: number },
    handler: (job: Jobs[Name], signal: AbortSignal) => Promise<void>,
  ): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** NOTIFY wakes a worker at once: what is polled for then are jobs that are due again after a failure. */
const NOTIFIED_POLLING_SECONDS = 2;
/** While nothing is listened to. */
const POLLING_SECONDS = 0.5;
/** How often jobs of dead workers are looked for; their heartbeat is missed after 10 s. */
const SUPERVISE_SECONDS = 5;
const STOP_MILLISECONDS = 8_000;

/**
 * The durable queue in PostgreSQL (pg-boss, in the schema "queue").
 *
 * @param work true in the process that works on jobs and watches over them; without it the queue can only be
 *   sent to.
 * @param onError gets what goes wrong beside a call, such as a lost connection.
 * @throws nothing by itself: `send` rejects with what the database says, and with an Error when the queue did
 *   not take a job.
 */
export function createQueue(url: string, options: { name: string; work?: boolean; onError?: (error: Error) => void }): Queue {
  const working = options.work ?? false;
  const boss = new PgBoss({
    connectionString: url,
    application_name: `${options.name}-queue`,
    schema: 'queue',
    max: working ? 6 : 2,
    // The schema is made by our own migrations, by the owner.
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: working,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    useListenNotify: working,
    reindex: false,
    monitorVacuum: false,
    registerInstance: false,
  });
  const stopping = new AbortController();
  boss.on('error', (error) => options.onError?.(error));

  return {
    async send(tx, queue, job, dueAt) {
      const singletonKey = (KEYS[queue] as ((job: Jobs[typeof queue]) => string) | undefined)?.(job);
      const options = { ...(singletonKey !== undefined && { singletonKey }), ...(dueAt !== undefined && { startAfter: dueAt }) };
      const id = await boss.send(queue, job, { db: fromKysely(tx), ...options });
      if (id === null && singletonKey === undefined) throw new Error(`The queue "${queue}" did not take the job.`);
    },
    async work(queue, { concurrency = 1 }, handler) {
      await boss.work<Jobs[typeof queue]>(
        queue,
        {
          localConcurrency: concurrency,
          pollingIntervalSeconds: POLLING_SECONDS,
          notifyPollingIntervalSeconds: NOTIFIED_POLLING_SECONDS,
          burstWhenReadyExceeds: 1,
        },
        async (jobs) => {
          for (const job of jobs) await handler(job.data, AbortSignal.any([job.signal, stopping.signal]));
        },
      );
    },
    async start() {
      await boss.start();
    },
    async stop() {
      stopping.abort();
      await boss.stop({ graceful: true, timeout: STOP_MILLISECONDS });
    },
  };
}
