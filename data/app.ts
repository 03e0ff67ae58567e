import { connect, connectForHealth, createInstanceClock, createQueue, type Queue, transaction } from '@holdfast/db';
import { fingerprint } from '@holdfast/envelope';
import { createLogger, createServer, type Logger, type Server } from '@holdfast/service';
import { sql } from 'kysely';
import { testComponent } from './components/test-component.ts';
import type { DataSettings } from './config.ts';
import { connectors } from './connectors.ts';
import { sweepDocuments } from './documents/sweep.ts';
import type { Resolve } from './egress/dialer.ts';
import { createEgress } from './egress/http-client.ts';
import { KeyMismatch } from './keys/key-mismatch.ts';
import { openRootKey } from './keys/open-root-key.ts';
import { createOpeningKeys } from './keys/opening-keys.ts';
import { type KeyMaker, makeOrganizationKey } from './keys/organization-key.ts';
import { openSigningKey } from './keys/signing-key.ts';
import { createPublicKeyCheck } from './keys/verify-public-keys.ts';
import { createRecordFollower, type RecordFollower } from './record/follower.ts';
import { recordFolder } from './record/record-folder.ts';
import { startSigner } from './record/signer.ts';
import { repeat } from './repeat.ts';
import { executeRun, type RunDependencies } from './runs/execute-run.ts';
import { strandedRuns } from './runs/resume.ts';
import type { RetryPolicy } from './runs/retry.ts';
import { announceFolders } from './sources/folders.ts';
import { createUseRecord } from './use/record.ts';

/** Runs at once in one process; each holds one connection for its lock. */
const RUNS_AT_ONCE = 4;
const CONNECTIONS = 24;
const RESUME_SECONDS = 10;
const SWEEP_SECONDS = 3_600;
/** How often the public keys in the database are compared with ours. */
const KEY_CHECK_SECONDS = 60;

/** A data plane, built and running. */
export interface DataPlane {
  readonly server: Server;
  readonly logger: Logger;
  /** Made at this start: it must be backed up, apart from the database. */
  readonly rootKeyCreated: boolean;
  readonly signingKeyFingerprint: string;
  readonly follower: RecordFollower;
  /** @throws KeyMismatch when a public key in the database is not the one that belongs to our private keys. */
  confirmPublicKeys(): Promise<void>;
  /** Stops taking work, lets go of what is under way, and closes every connection; once, however often it is asked. */
  close(): Promise<void>;
}

/** What tests replace. */
export interface Replacements {
  readonly retry?: RetryPolicy;
  readonly resolve?: Resolve;
  readonly logger?: Logger;
}

/** Builds everything, by hand, and starts taking jobs. It listens only when it is told to: `server.listen`. */
export async function startDataPlane(settings: DataSettings, replacements: Replacements = {}): Promise<DataPlane> {
  const logger = replacements.logger ?? createLogger({ name: 'data', level: settings.logLevel });
  const db = connect(settings.databaseUrl, { name: 'holdfast-data', maximumConnections: CONNECTIONS });
  const clock = createInstanceClock(db);
  try {
    const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
    const { rootKey, created } = await openRootKey(db, settings.rootKeyFile);
    const signingKey = await openSigningKey(db, instanceId, rootKey);
    const checkPublicKeys = createPublicKeyCheck(db, instanceId, signingKey);
    await checkPublicKeys();
    await announceFolders(db, settings.sourceFolders);

    const folder = recordFolder(settings.recordFolder);
    const follower = createRecordFollower({ db, instanceId, signingKey, folder, logger });
    const maker: KeyMaker = { db, instanceId, rootKey, signingKey };
    const dependencies: RunDependencies = {
      db,
      instanceId,
      keys: createOpeningKeys(db, instanceId, rootKey),
      record: createUseRecord(db),
      follower,
      clock,
      egress: createEgress(settings.egressAllow, replacements.resolve),
      logger,
      connectors,
      folders: settings.sourceFolders,
      ...(replacements.retry !== undefined && { retry: replacements.retry }),
    };
    const report = (what: string) => (error: unknown) =>
      logger.error({ message: error instanceof Error ? error.message : 'unknown' }, what);
    const signer = startSigner({ db, instanceId, signingKey, folder, follower, logger });

    const queue = createQueue(settings.databaseUrl, { name: 'holdfast-data', work: true, onError: report('the queue is in trouble') });
    await queue.start();
    await queue.work('organization-key', {}, async ({ organizationId }) => {
      await makeOrganizationKey(maker, organizationId);
    });
    await queue.work('component-test', { concurrency: 4 }, (job) => testComponent(dependencies, job));
    await queue.work('run', { concurrency: RUNS_AT_ONCE }, (job, signal) =>
      executeRun(dependencies, job, signal).catch((error: unknown) => {
        report('a run was broken off, and is taken up again')(error);
        throw error;
      }),
    );
    const resume = repeat(RESUME_SECONDS, () => resumeStranded(dependencies, queue), report('stranded runs were not looked for'));
    const sweep = repeat(SWEEP_SECONDS, () => sweepDocuments(db, new Date()), report('unused documents were not removed'));

    let mismatch: KeyMismatch | undefined;
    const confirmKeys = () =>
      checkPublicKeys().then(
        () => {
          mismatch = undefined;
        },
        (error: unknown) => {
          if (error instanceof KeyMismatch) mismatch = error;
          throw error;
        },
      );
    const keyChecks = repeat(KEY_CHECK_SECONDS, confirmKeys, report('public keys in the database were not confirmed'));

    const server = createServer({ logger, hosts: { listen: settings.listen.host, allowed: settings.allowedHosts } });
    server.addReadyCheck('public-keys', async () => {
      if (mismatch !== undefined) throw mismatch;
    });
    // From the private key, so that an exchanged row in the database cannot make itself trusted here.
    const signingKeyFingerprint = await fingerprint(signingKey.publicKey);
    server.get('/signing-key', async () => ({
      signingKey: signingKey.publicKey.toString('base64url'),
      fingerprint: signingKeyFingerprint,
    }));
    const health = connectForHealth(settings.databaseUrl, 'holdfast-data-health');
    server.addReadyCheck('database', async () => {
      await sql`select 1`.execute(health);
    });
    server.addHook('onClose', () => health.destroy());
    const close = async (): Promise<void> => {
      await server.close();
      await resume.stop();
      await sweep.stop();
      await keyChecks.stop();
      await queue.stop();
      await signer.stop();
      await signer.signAll().catch(report('checkpoints not signed'));
      clock.stop();
      await db.destroy();
    };
    let closing: Promise<void> | undefined;
    return {
      server,
      logger,
      rootKeyCreated: created,
      signingKeyFingerprint,
      follower,
      confirmPublicKeys: checkPublicKeys,
      close() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    clock.stop();
    await db.destroy();
    throw error;
  }
}

async function resumeStranded({ db, logger }: RunDependencies, queue: Queue): Promise<void> {
  for (const run of await strandedRuns(db)) {
    logger.info({ run: run.runId }, 'taking up a run that nobody is at');
    await transaction(db, (tx) => queue.send(tx, 'run', run));
  }
}
