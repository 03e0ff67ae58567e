import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Connector } from '@holdfast/connector';
import {
  connect,
  connectForHealth,
  createInstanceClock,
  createQueue,
  type Queue,
  requireOwnSessions,
  requireSchema,
} from '@holdfast/db/data';
import { createServer, type Server, serveMetrics } from '@holdfast/endpoints';
import { fingerprint } from '@holdfast/envelope';
import { createDiskCheck, createLogger, createMetrics, type LogErrorEvent, type Logger, logEvent, readVersion } from '@holdfast/service';
import { sql } from 'kysely';
import { throwFirst } from './all-settled.ts';
import type { DataSettings } from './config.ts';
import { connectors } from './connectors.ts';
import { openBucket } from './documents/bucket.ts';
import { createDocumentStore } from './documents/document-store.ts';
import { type Resolve, resolveWithSystem } from './egress/dialer.ts';
import { createEgress } from './egress/egress.ts';
import { createEvaluator } from './evaluation/evaluator.ts';
import { createHooks } from './hooks/hooks.ts';
import { KeyMismatch } from './keys/key-mismatch.ts';
import { openRootKey } from './keys/open-root-key.ts';
import { createOpeningKeys } from './keys/opening-keys.ts';
import { openSigningKey } from './keys/signing-key.ts';
import { createPublicKeyCheck } from './keys/verify-public-keys.ts';
import { countDataEvents, gaugeDataPlane, NOT_COUNTED } from './metrics.ts';
import { startNode } from './nodes/node.ts';
import { readOrMakeNodeId } from './nodes/node-id.ts';
import { sessionName } from './nodes/sessions.ts';
import { createRecordFollower, type RecordFollower } from './record/follower.ts';
import { recordFolder } from './record/record-folder.ts';
import { startSigner } from './record/signer.ts';
import { repeat } from './repeat.ts';
import type { ActiveRun, RunDependencies } from './runs/execute-run.ts';
import type { RetryPolicy } from './runs/retry.ts';
import { serveDataEndpoints } from './serve.ts';
import { startParts } from './start-parts.ts';
import { startWork } from './start-work.ts';
import { createKnownRefusals } from './use/values/known-refusals.ts';
import { connectForRecord, createUseRecord } from './use/values/use-record.ts';

/** Connections beside those of the runs. */
const OTHER_CONNECTIONS = 10;
/** Runs share statements; a large document has one for itself while it is read. */
const MAXIMUM_RUN_CONNECTIONS = 8;
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
 * Builds everything, by hand, and starts taking jobs. It listens once `server.listen` is called. When the
 * start fails, what was started has ended when this rejects.
 */
export async function startDataPlane(settings: DataSettings, replacements: Replacements = {}): Promise<DataPlane> {
  const logger = replacements.logger ?? createLogger({ name: 'data', level: settings.logLevel });
  return startParts(
    (started) => startAll(started, settings, { ...replacements, logger }),
    (error) => logEvent(logger, 'process.stop_failed', { error }),
  );
}

async function startAll(
  started: AsyncDisposableStack,
  settings: DataSettings,
  replacements: Replacements & { readonly logger: Logger },
): Promise<DataPlane> {
  const { logger } = replacements;
  const report = (event: LogErrorEvent) => (error: unknown) => logEvent(logger, event, { error });
  const incarnation = randomUUID();
  const named = (name: string) => sessionName(name, incarnation);
  const { db, recordDb, nodeDb } = connectAll(started, settings, named);
  const clock = createInstanceClock(db);
  started.defer(() => clock.stop());
  await requireOwnSessions(settings.databaseUrl);
  await requireSchema(db);

  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey, created } = await openRootKey(db, settings.rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const checkPublicKeys = createPublicKeyCheck(db, instanceId, signingKey);
  await checkPublicKeys();
  const nodeId = await readOrMakeNodeId(join(settings.recordFolder, 'node-id'));
  const version = await readVersion(new URL('package.json', import.meta.url));
  const replaced = Promise.withResolvers<void>();
  const node = await startNode(
    nodeDb,
    { id: nodeId, incarnation, version },
    { folders: settings.sourceFolders, logger, onReplaced: replaced.resolve },
  );
  started.defer(() => node.stop());

  const folder = recordFolder(settings.recordFolder);
  const follower = createRecordFollower({ db, instanceId, signingKey, folder, logger });
  const signer = startSigner({ db, instanceId, signingKey, folder, follower, logger, node });
  started.defer(async () => {
    await signer.stop();
    await signer.signAll().catch(report('record.not_checked'));
  });

  const resolve = replacements.resolve ?? resolveWithSystem;
  if (settings.documentBucket !== undefined) logger.protect(settings.documentBucket.secretAccessKey);
  const bucket = settings.documentBucket && (await openBucket(settings.documentBucket, { limits: settings.egressLimits, resolve }));
  const metrics = settings.metrics ? createMetrics({ plane: 'data', version }) : undefined;
  const events = metrics === undefined ? NOT_COUNTED : countDataEvents(metrics);
  const dependencies: RunDependencies & { readonly queue: Queue } = {
    db,
    queue: createQueue(settings.databaseUrl, { name: named('holdfast-data'), work: true, onError: report('queue.error') }),
    instanceId,
    keys: createOpeningKeys(db, instanceId, rootKey),
    record: createUseRecord(recordDb, events, follower),
    refusals: createKnownRefusals(),
    follower,
    clock,
    egress: createEgress(settings.egressAllow, { limits: settings.egressLimits, events, resolve }),
    logger,
    connectors: new Map([...connectors, ...(replacements.connectors ?? []).map((each) => [each.type.type, each] as const)]),
    nodeId,
    events,
    folders: settings.sourceFolders,
    documents: createDocumentStore({ db, bucket, limits: settings.documentLimits }),
    runMaximumHours: settings.runMaximumHours,
    evaluator: createEvaluator(),
    active: new Set<ActiveRun>(),
    ...(replacements.retry !== undefined && { retry: replacements.retry }),
  };
  const hooks = createHooks({ ...dependencies, hasRoomOnDisk: createDiskCheck(settings.recordFolder, settings.diskReserve) });
  started.defer(async () => {
    const lost = (await hooks.close()) + (await dependencies.record.close());
    if (lost > 0) logEvent(logger, 'audit.repeats_lost', { count: lost });
  });
  started.defer(() => dependencies.evaluator.close());
  const server = createServer({
    logger,
    hosts: { listen: settings.listen.host, allowed: settings.allowedHosts },
    trustedProxies: settings.trustedProxies,
    ...(metrics && { metrics }),
  });
  const work = await startWork(dependencies, {
    settings,
    maker: { db, instanceId, rootKey, signingKey },
    term: node.term,
    named,
    resolve,
    mailAuthorities: replacements.mailAuthorities,
  });
  // Together: a request that takes long keeps no run from being handed on to another node.
  started.defer(async () => throwFirst(await Promise.allSettled([server.close(), work.stop()])));
  watchPublicKeys(started, server, checkPublicKeys, report('public_keys.mismatch'));
  const signingKeyFingerprint = await fingerprint(signingKey.publicKey);
  serveDataEndpoints(server, { publicKey: signingKey.publicKey, fingerprint: signingKeyFingerprint }, hooks);
  if (metrics !== undefined) {
    const slots = { all: settings.runSlots, taken: () => dependencies.active.size };
    serveMetrics(server, metrics, gaugeDataPlane(metrics, { db, follower, leads: () => node.term() !== undefined, slots }));
  }
  const health = connectForHealth(settings.databaseUrl, named('holdfast-data-health'));
  server.addReadyCheck('database', async () => {
    await sql`select 1`.execute(health);
  });
  server.addHook('onClose', () => health.destroy());

  let closing: Promise<void> | undefined;
  return {
    server,
    logger,
    rootKeyCreated: created,
    signingKeyFingerprint,
    follower,
    confirmPublicKeys: checkPublicKeys,
    replaced: replaced.promise,
    close() {
      closing ??= started.disposeAsync();
      return closing;
    },
  };
}

function connectAll(started: AsyncDisposableStack, { databaseUrl, runSlots }: DataSettings, named: (name: string) => string) {
  const db = connect(databaseUrl, {
    name: named('holdfast-data'),
    maximumConnections: OTHER_CONNECTIONS + Math.min(runSlots, MAXIMUM_RUN_CONNECTIONS),
  });
  started.defer(() => db.destroy());
  const recordDb = connectForRecord(databaseUrl, named('holdfast-data-record'));
  started.defer(() => recordDb.destroy());
  const nodeDb = connect(databaseUrl, {
    name: named('holdfast-data-node'),
    maximumConnections: 1,
    statementTimeoutMilliseconds: 3_000,
    answerTimeoutMilliseconds: 3_000,
    connectTimeoutMilliseconds: 3_000,
  });
  started.defer(() => nodeDb.destroy());
  return { db, recordDb, nodeDb };
}

/** Not ready while a public key in the database is another than the one that belongs to our private key. */
function watchPublicKeys(
  started: AsyncDisposableStack,
  server: Server,
  checkPublicKeys: () => Promise<void>,
  onError: (error: unknown) => void,
): void {
  let mismatch: KeyMismatch | undefined;
  const look = async () => {
    try {
      await checkPublicKeys();
      mismatch = undefined;
    } catch (error) {
      if (error instanceof KeyMismatch) mismatch = error;
      throw error;
    }
  };
  const looks = repeat(KEY_CHECK_SECONDS, look, onError);
  started.defer(() => looks.stop());
  server.addReadyCheck('public-keys', async () => {
    if (mismatch !== undefined) throw mismatch;
  });
}
