import type { Queue } from '@holdfast/db/data';
import type { LogErrorEvent } from '@holdfast/service';
import { logEvent } from '@holdfast/service';
import type { DataSettings } from './config.ts';
import type { Resolve } from './egress/dialer.ts';
import { startKeyRotations } from './keys/key-rotations.ts';
import { type KeyMaker, makeOrganizationKey } from './keys/organization-key.ts';
import { startMail } from './mail/start-mail.ts';
import { startPeriodicWork } from './periodic-work.ts';
import { repeat } from './repeat.ts';
import type { RunDependencies } from './runs/execute-run.ts';
import { shareSlots } from './runs/fair-share.ts';
import { startRunDispatcher } from './runs/run-dispatcher.ts';
import { startParts } from './start-parts.ts';
import { createPartsTogether } from './stop-together.ts';
import { testComponent } from './use/component/test-component.ts';

const SHARE_SECONDS = 1;

/** What the work of a data plane needs beside what runs do. */
export interface WorkOptions {
  readonly settings: DataSettings;
  readonly maker: KeyMaker;
  /** Whether this node leads now, and for how long. */
  readonly term: Parameters<typeof startKeyRotations>[0]['term'];
  /** The name of a database session of this process. */
  readonly named: (name: string) => string;
  readonly resolve: Resolve;
  /** Certificates that a mail server is trusted by, in place of the usual ones. */
  readonly mailAuthorities: string | undefined;
}

/**
 * Starts taking jobs and runs, and what this node does periodically. When the start fails, what was started
 * has ended when this rejects.
 */
export async function startWork(
  dependencies: RunDependencies & { readonly queue: Queue },
  options: WorkOptions,
): Promise<{ stop(): Promise<void> }> {
  return startParts(
    (started) => startAll(started, dependencies, options),
    (error) => logEvent(dependencies.logger, 'process.stop_failed', { error }),
  );
}

async function startAll(
  started: AsyncDisposableStack,
  dependencies: RunDependencies & { readonly queue: Queue },
  options: WorkOptions,
): Promise<{ stop(): Promise<void> }> {
  // A round that takes long keeps no run from being handed on to another node.
  const work = started.use(createPartsTogether());
  const { settings, maker, term, named, resolve } = options;
  const { db, queue, logger, keys, follower, nodeId, active } = dependencies;
  const report = (event: LogErrorEvent) => (error: unknown) => logEvent(logger, event, { error });

  await queue.start();
  work.add(queue);
  await queue.work('organization-key', {}, async ({ organizationId }) => {
    await makeOrganizationKey(maker, organizationId);
  });
  await startMail({ db, queue, logger, resolve }, settings.smtp, options.mailAuthorities);
  await queue.work('component-test', { concurrency: 4 }, (job, signal) => testComponent(dependencies, job, signal));

  const limits = { runsOfOrganization: settings.runsOfOrganization };
  work.add(
    startRunDispatcher(dependencies, {
      databaseUrl: settings.databaseUrl,
      sessions: { locks: named('holdfast-data-runs'), listener: named('holdfast-data-listen') },
      slots: settings.runSlots,
      limits,
      onError: (error, event) => report(event)(error),
    }),
  );
  work.add(startKeyRotations({ ...maker, keys, follower, logger, term }));
  work.add(
    repeat(
      SHARE_SECONDS,
      () => shareSlots(db, nodeId, active, settings.runSlots, limits),
      (error) => logEvent(logger, 'periodic_work.failed', { work: 'share slots', error }),
    ),
  );
  work.add(startPeriodicWork({ ...dependencies, term }, settings, named('holdfast-data-deletion')));
  return { stop: () => started.disposeAsync() };
}
