import { connect, connectForHealth, createInstanceClock, createQueue, requireOwnSessions } from '@holdfast/db/data';
import { createServer, type Server } from '@holdfast/endpoints';
import { fingerprint } from '@holdfast/envelope';
import { createLogger, type Logger } from '@holdfast/service';
import { sql } from 'kysely';
import type { DataSettings } from './config.ts';
import { connectors } from './connectors.ts';
import { sweepDocuments } from './documents/sweep.ts';
import { type Resolve, resolveWithSystem } from './egress/dialer.ts';
import { createEgress } from './egress/http-client.ts';
import { KeyMismatch } from './keys/key-mismatch.ts';
import { startKeyRotations } from './keys/key-rotations.ts';
import { openRootKey } from './keys/open-root-key.ts';
import { createOpeningKeys } from './keys/opening-keys.ts';
import { type KeyMaker, makeOrganizationKey } from './keys/organization-key.ts';
import { openSigningKey } from './keys/signing-key.ts';
import { createPublicKeyCheck } from './keys/verify-public-keys.ts';
import { startMail } from './mail/start-mail.ts';
import { deleteDueOrganizations } from './organizations/delete-due.ts';
import { createRecordFollower, type RecordFollower } from './record/follower.ts';
import { recordFolder } from './record/record-folder.ts';
import { startSigner } from './record/signer.ts';
import { repeat } from './repeat.ts';
import { type ActiveRun, endCancelledWaiting, executeNextRun, type RunDependencies } from './runs/execute-run.ts';
import { shareSlots } from './runs/fair-share.ts';
import { resumeRuns } from './runs/resume.ts';
import type { RetryPolicy } from './runs/retry.ts';
import { serveDataEndpoints } from './serve.ts';
import { announceFolders } from './sources/folders.ts';
import { testComponent } from './use/component/test-component.ts';
import { createKnownRefusals } from './use/values/known-refusals.ts';
import { connectForRecord, createUseRecord } from './use/values/use-record.ts';

/** Connections beside those of the runs. Each run holds one for its lock, and uses one more. */
const OTHER_CONNECTIONS = 10;
const RESUME_SECONDS = 5;
const SHARE_SECONDS = 1;
const SWEEP_SECONDS = 3_600;
/** How often organizations whose date of deletion has come are looked for. */
const DELETION_SECONDS = 60;
/** The last statement of a deletion removes every entry of a record. */
const DELETION_MILLISECONDS = 3_600_000;
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
  /** Stops taking work, ends what is under way, and closes every connection; once, however often it is asked. */
  close(): Promise<void>;
}

/** What tests replace. */
export interface Replacements {
  readonly retry?: RetryPolicy;
  readonly resolve?: Resolve;
  /** Certificates that a mail server is trusted by, in place of the usual ones. */
  readonly mailAuthorities?: string;
  readonly logger?: Logger;
}

/** Builds everything, by hand, and starts taking jobs. It listens only when it is told to: `server.listen`. */
export async function startDataPlane(settings: DataSettings, replacements: Replacements = {}): Promise<DataPlane> {
  const logger = replacements.logger ?? createLogger({ name: 'data', level: settings.logLevel });
  const db = connect(settings.databaseUrl, { name: 'holdfast-data', maximumConnections: OTHER_CONNECTIONS + 2 * settings.runSlots });
  const recordDb = connectForRecord(settings.databaseUrl);
  const clock = createInstanceClock(db);
  try {
    await requireOwnSessions(settings.databaseUrl);
    const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
    const { rootKey, created } = await openRootKey(db, settings.rootKeyFile);
    const signingKey = await openSigningKey(db, instanceId, rootKey);
    const checkPublicKeys = createPublicKeyCheck(db, instanceId, signingKey);
    await checkPublicKeys();
    await announceFolders(db, settings.sourceFolders);

    const folder = recordFolder(settings.recordFolder);
    const follower = createRecordFollower({ db, instanceId, signingKey, folder, logger });
    const report = (what: string) => (error: unknown) =>
      logger.error({ message: error instanceof Error ? error.message : 'unknown' }, what);
    const queue = createQueue(settings.databaseUrl, { name: 'holdfast-data', work: true, onError: report('queue error') });
    const active = new Set<ActiveRun>();
    const maker: KeyMaker = { db, instanceId, rootKey, signingKey };
    const record = createUseRecord(recordDb);
    const keys = createOpeningKeys(db, instanceId, rootKey);
    const dependencies: RunDependencies = {
      db,
      instanceId,
      keys,
      record,
      refusals: createKnownRefusals(),
      follower,
      clock,
      egress: createEgress(settings.egressAllow, {
        limits: settings.egressLimits,
        ...(replacements.resolve && { resolve: replacements.resolve }),
      }),
      logger,
      connectors,
      folders: settings.sourceFolders,
      queue,
      active,
      ...(replacements.retry !== undefined && { retry: replacements.retry }),
    };
    const signer = startSigner({ db, instanceId, signingKey, folder, follower, logger });

    await queue.start();
    await queue.work('organization-key', {}, async ({ organizationId }) => {
      await makeOrganizationKey(maker, organizationId);
    });
    const resolve = replacements.resolve ?? resolveWithSystem;
    await startMail({ db, queue, logger, resolve }, settings.smtp, replacements.mailAuthorities);
    await queue.work('component-test', { concurrency: 4 }, (job, signal) => testComponent(dependencies, job, signal));
    await queue.work('run', { concurrency: settings.runSlots }, (_job, signal) =>
      executeNextRun(dependencies, signal).catch((error: unknown) => {
        if (!signal.aborted) report('run interrupted by an error; it is resumed')(error);
        throw error;
      }),
    );
    const resume = repeat(RESUME_SECONDS, () => resumeRuns(db, queue, logger), report('runs could not be resumed'));
    const share = repeat(
      SHARE_SECONDS,
      async () => {
        await endCancelledWaiting(db);
        await shareSlots(db, active, settings.runSlots);
      },
      report('slots could not be shared'),
    );
    const sweep = repeat(
      SWEEP_SECONDS,
      () => sweepDocuments(db, new Date(), settings.documentRetentionDays),
      report('unused documents were not removed'),
    );

    const rotations = startKeyRotations({ ...maker, keys, follower, logger });
    const connectLong = () =>
      connect(settings.databaseUrl, {
        name: 'holdfast-data-deletion',
        maximumConnections: 1,
        statementTimeoutMilliseconds: DELETION_MILLISECONDS,
      });
    const deletions = repeat(
      DELETION_SECONDS,
      () => deleteDueOrganizations({ db, keys, logger, connectLong }),
      report('an organization could not be deleted; it is tried again'),
    );

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
    const signingKeyFingerprint = await fingerprint(signingKey.publicKey);
    serveDataEndpoints(server, { publicKey: signingKey.publicKey, fingerprint: signingKeyFingerprint });
    const health = connectForHealth(settings.databaseUrl, 'holdfast-data-health');
    server.addReadyCheck('database', async () => {
      await sql`select 1`.execute(health);
    });
    server.addHook('onClose', () => health.destroy());
    const close = async (): Promise<void> => {
      await server.close();
      await resume.stop();
      await share.stop();
      await sweep.stop();
      await deletions.stop();
      await keyChecks.stop();
      await rotations.stop();
      await queue.stop();
      const lost = await record.close();
      if (lost > 0) logger.error({ count: lost }, 'repeated refusals could not be recorded');
      await signer.stop();
      await signer.signAll().catch(report('checkpoints not signed'));
      clock.stop();
      await recordDb.destroy();
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
    await recordDb.destroy();
    await db.destroy();
    throw error;
  }
}
