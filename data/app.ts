import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connector } from '@holdfast/connector';
import { connect, connectForHealth, createInstanceClock, createQueue, requireOwnSessions, requireSchema } from '@holdfast/db/data';
import { createServer, type Server, serveMetrics } from '@holdfast/endpoints';
import { fingerprint } from '@holdfast/envelope';
import { createDiskCheck, createLogger, createMetrics, type LogErrorEvent, type Logger, logEvent } from '@holdfast/service';
import { sql } from 'kysely';
import type { DataSettings } from './config.ts';
import { connectors } from './connectors.ts';
import { keepDocumentsIn, openBucket } from './documents/bucket.ts';
import { type Resolve, resolveWithSystem } from './egress/dialer.ts';
import { createEgress } from './egress/egress.ts';
import { createEvaluator } from './evaluation/evaluator.ts';
import { createHooks } from './hooks/hooks.ts';
import { KeyMismatch } from './keys/key-mismatch.ts';
import { startKeyRotations } from './keys/key-rotations.ts';
import { openRootKey } from './keys/open-root-key.ts';
import { createOpeningKeys } from './keys/opening-keys.ts';
import { type KeyMaker, makeOrganizationKey } from './keys/organization-key.ts';
import { openSigningKey } from './keys/signing-key.ts';
import { createPublicKeyCheck } from './keys/verify-public-keys.ts';
import { startMail } from './mail/start-mail.ts';
import { countDataEvents, gaugeDataPlane, NOT_COUNTED } from './metrics.ts';
import { type DataNode, startNode } from './nodes/node.ts';
import { readOrMakeNodeId } from './nodes/node-id.ts';
import { sessionName } from './nodes/sessions.ts';
import { startPeriodicWork } from './periodic-work.ts';
import { createRecordFollower, type RecordFollower } from './record/follower.ts';
import { recordFolder } from './record/record-folder.ts';
import { startSigner } from './record/signer.ts';
import { repeat } from './repeat.ts';
import type { ActiveRun, RunDependencies } from './runs/execute-run.ts';
import { shareSlots } from './runs/fair-share.ts';
import type { RetryPolicy } from './runs/retry.ts';
import { startRunDispatcher } from './runs/run-dispatcher.ts';
import { serveDataEndpoints } from './serve.ts';
import { testComponent } from './use/component/test-component.ts';
import { createKnownRefusals } from './use/values/known-refusals.ts';
import { connectForRecord, createUseRecord } from './use/values/use-record.ts';

/** Connections beside those of the runs. */
const OTHER_CONNECTIONS = 10;
/** Runs share statements; a large document has one for itself while it is read. */
const MAXIMUM_RUN_CONNECTIONS = 8;
const SHARE_SECONDS = 1;
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
  /**
   * @throws KeyMismatch when a public key in the database is not the one that belongs to our private keys.
   */
  confirmPublicKeys(): Promise<void>;
  /** Resolves when another data plane has started with the same home: this one must end. */
  readonly replaced: Promise<void>;
  /**
   * Stops taking work, ends what is under way, and closes every connection; once, however often it is asked.
   */
  close(): Promise<void>;
}

/** What tests replace. */
export interface Replacements {
  readonly retry?: RetryPolicy;
  readonly resolve?: Resolve;
  /** Beside the registered ones. */
  readonly connectors?: readonly Connector[];
  /** Certificates that a mail server is trusted by, in place of the usual ones. */
  readonly mailAuthorities?: string;
  readonly logger?: Logger;
}

/**
 * Builds everything, by hand, and starts taking jobs. It listens once `server.listen` is called.
 */
export async function startDataPlane(settings: DataSettings, replacements: Replacements = {}): Promise<DataPlane> {
  const logger = replacements.logger ?? createLogger({ name: 'data', level: settings.logLevel });
  const incarnation = randomUUID();
  const named = (name: string) => sessionName(name, incarnation);
  const db = connect(settings.databaseUrl, {
    name: named('holdfast-data'),
    maximumConnections: OTHER_CONNECTIONS + Math.min(settings.runSlots, MAXIMUM_RUN_CONNECTIONS),
  });
  const recordDb = connectForRecord(settings.databaseUrl, named('holdfast-data-record'));
  const nodeDb = connect(settings.databaseUrl, {
    name: named('holdfast-data-node'),
    maximumConnections: 1,
    statementTimeoutMilliseconds: 3_000,
    answerTimeoutMilliseconds: 3_000,
    connectTimeoutMilliseconds: 3_000,
  });
  let node: DataNode | undefined;
  const clock = createInstanceClock(db);
  try {
    await requireOwnSessions(settings.databaseUrl);
    await requireSchema(db);
    const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
    const { rootKey, created } = await openRootKey(db, settings.rootKeyFile);
    const signingKey = await openSigningKey(db, instanceId, rootKey);
    const checkPublicKeys = createPublicKeyCheck(db, instanceId, signingKey);
    await checkPublicKeys();
    const nodeId = await readOrMakeNodeId(join(settings.recordFolder, 'node-id'));
    const version = await readVersion();
    let replaced: () => void = () => undefined;
    const wasReplaced = new Promise<void>((resolve) => {
      replaced = resolve;
    });
    const thisNode = await startNode(
      nodeDb,
      { id: nodeId, incarnation, version },
      { folders: settings.sourceFolders, logger, onReplaced: replaced },
    );
    node = thisNode;
    const term = thisNode.term;

    const folder = recordFolder(settings.recordFolder);
    const follower = createRecordFollower({ db, instanceId, signingKey, folder, logger });
    const report = (event: LogErrorEvent) => (error: unknown) => logEvent(logger, event, { error });
    const queue = createQueue(settings.databaseUrl, { name: named('holdfast-data'), work: true, onError: report('queue.error') });
    const metrics = settings.metrics ? createMetrics({ plane: 'data', version }) : undefined;
    const events = metrics === undefined ? NOT_COUNTED : countDataEvents(metrics);
    const active = new Set<ActiveRun>();
    const maker: KeyMaker = { db, instanceId, rootKey, signingKey };
    const record = createUseRecord(recordDb, events, follower);
    const keys = createOpeningKeys(db, instanceId, rootKey);
    const evaluator = createEvaluator();
    const dependencies: RunDependencies = {
      db,
      queue,
      instanceId,
      keys,
      record,
      refusals: createKnownRefusals(),
      follower,
      clock,
      egress: createEgress(settings.egressAllow, {
        limits: settings.egressLimits,
        events,
        ...(replacements.resolve && { resolve: replacements.resolve }),
      }),
      logger,
      connectors:
        replacements.connectors === undefined
          ? connectors
          : new Map([...connectors, ...replacements.connectors.map((each) => [each.type.type, each] as const)]),
      nodeId,
      events,
      folders: settings.sourceFolders,
      documentLimits: settings.documentLimits,
      evaluator,
      active,
      ...(replacements.retry !== undefined && { retry: replacements.retry }),
    };
    if (settings.documentBucket !== undefined) {
      logger.protect(settings.documentBucket.secretAccessKey);
      const limits = settings.egressLimits;
      const bucket = await openBucket(settings.documentBucket, { limits, ...(replacements.resolve && { resolve: replacements.resolve }) });
      keepDocumentsIn(db, bucket);
    }
    const signer = startSigner({ db, instanceId, signingKey, folder, follower, logger, node: thisNode });

    await queue.start();
    await queue.work('organization-key', {}, async ({ organizationId }) => {
      await makeOrganizationKey(maker, organizationId);
    });
    const resolve = replacements.resolve ?? resolveWithSystem;
    await startMail({ db, queue, logger, resolve }, settings.smtp, replacements.mailAuthorities);
    await queue.work('component-test', { concurrency: 4 }, (job, signal) => testComponent(dependencies, job, signal));
    const dispatcher = startRunDispatcher(dependencies, {
      databaseUrl: settings.databaseUrl,
      sessions: { locks: named('holdfast-data-runs'), listener: named('holdfast-data-listen') },
      slots: settings.runSlots,
      limits: { runsOfOrganization: settings.runsOfOrganization },
      onError: (error, event) => report(event)(error),
    });
    const periodic = startPeriodicWork({ ...dependencies, term }, settings, named('holdfast-data-deletion'));
    const share = repeat(
      SHARE_SECONDS,
      () => shareSlots(db, nodeId, active, settings.runSlots, { runsOfOrganization: settings.runsOfOrganization }),
      (error) => logEvent(logger, 'periodic_work.failed', { work: 'share slots', error }),
    );

    const rotations = startKeyRotations({ ...maker, keys, follower, logger, term });

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
    const keyChecks = repeat(KEY_CHECK_SECONDS, confirmKeys, report('public_keys.mismatch'));

    const server = createServer({
      logger,
      hosts: { listen: settings.listen.host, allowed: settings.allowedHosts },
      trustedProxies: settings.trustedProxies,
      ...(metrics && { metrics }),
    });
    server.addReadyCheck('public-keys', async () => {
      if (mismatch !== undefined) throw mismatch;
    });
    const signingKeyFingerprint = await fingerprint(signingKey.publicKey);
    const hooks = createHooks({ ...dependencies, hasRoomOnDisk: createDiskCheck(settings.recordFolder, settings.diskReserve) });
    serveDataEndpoints(server, { publicKey: signingKey.publicKey, fingerprint: signingKeyFingerprint }, hooks);
    if (metrics !== undefined) {
      const slots = { all: settings.runSlots, taken: () => active.size };
      serveMetrics(server, metrics, gaugeDataPlane(metrics, { db, follower, leads: () => term() !== undefined, slots }));
    }
    const health = connectForHealth(settings.databaseUrl, named('holdfast-data-health'));
    server.addReadyCheck('database', async () => {
      await sql`select 1`.execute(health);
    });
    server.addHook('onClose', () => health.destroy());
    const close = async (): Promise<void> => {
      await server.close();
      await periodic.stop();
      await share.stop();
      await keyChecks.stop();
      await rotations.stop();
      await dispatcher.stop();
      await queue.stop();
      await evaluator.close();
      const lost = (await hooks.close()) + (await record.close());
      if (lost > 0) logEvent(logger, 'audit.repeats_lost', { count: lost });
      await signer.stop();
      await signer.signAll().catch(report('record.not_checked'));
      await thisNode.stop();
      clock.stop();
      await nodeDb.destroy();
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
      replaced: wasReplaced,
      close() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    clock.stop();
    await node?.stop();
    await nodeDb.destroy();
    await recordDb.destroy();
    await db.destroy();
    throw error;
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
