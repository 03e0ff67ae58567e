import { answerWithoutNames, ENDPOINTS, seesNames } from '@holdfast/api';
import { createRepeatFold } from '@holdfast/audit';
import { createInstanceClock, createQueue, requireSchema } from '@holdfast/db/control';
import { compressAnswers, createServer, openApiDocument, type Server, serveEndpoints, serveMetrics } from '@holdfast/endpoints';
import { createLogger, createMetrics, type Logger, logEvent, readVersion } from '@holdfast/service';
import { sql } from 'kysely';
import { createAccounts } from './accounts/accounts.ts';
import { createFindToken } from './accounts/find-token.ts';
import { readOrMakeSessionKey } from './accounts/session-key.ts';
import { offerSetup } from './accounts/setup-token.ts';
import { createSignInLimit } from './accounts/sign-in-limit.ts';
import type { ControlSettings } from './config.ts';
import { connectAll, type Deadlines } from './connections.ts';
import { serveConsole } from './console-files.ts';
import type { Control } from './control.ts';
import { createDocumentRoom } from './documents/document-room.ts';
import { createUploadRecord } from './documents/upload-record.ts';
import { registerAccountRoutes } from './http/accounts/account-routes.ts';
import { admit } from './http/admit.ts';
import { authorize } from './http/authorize.ts';
import type { AnyAccess } from './http/implement.ts';
import { IMPLEMENTATIONS } from './http/implementations.ts';
import { startControlNode } from './node.ts';
import { createMailLimit } from './people/mail-limit.ts';
import { createRunFeeds } from './runs/run-feeds.ts';
import { createSecretCreations } from './secrets/create-together.ts';
import { createWorkload } from './workload.ts';

/** A control plane, built and ready to listen: `server.listen`. */
export interface ControlPlane {
  readonly server: Server;
  readonly logger: Logger;
  /** While the instance waits to be set up: the one-time token. */
  readonly setupToken: string | undefined;
  close(): Promise<void>;
}

/** What tests replace. */
export interface Replacements {
  readonly logger?: Logger;
  readonly deadlines?: Deadlines;
}

/** Builds everything, by hand. */
export async function buildControl(settings: ControlSettings, replacements: Replacements = {}): Promise<ControlPlane> {
  const logger = replacements.logger ?? createLogger({ name: 'control', level: settings.logLevel });
  const sessionKey = await readOrMakeSessionKey(settings.sessionKeyFile);
  const { db, searches, uploads, deletions, health } = connectAll(settings.databaseUrl, replacements.deadlines);
  const disconnect = () => Promise.all([db, searches, uploads, deletions, health].map((each) => each.destroy()));
  const queue = createQueue(settings.databaseUrl, {
    name: 'holdfast-control',
    onError: (error) => logEvent(logger, 'queue.error', { error }),
  });
  const clock = createInstanceClock(db);
  const uploadRecord = createUploadRecord(db, logger);
  const repeats = createRepeatFold();
  const background = new Set<Promise<void>>();
  let stopNode = async () => undefined as unknown;
  try {
    await requireSchema(db);
    const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
    await queue.start();
    const version = await readVersion(new URL('../package.json', import.meta.url));
    const node = await startControlNode(health, { version, publicUrl: settings.publicUrl, sessionKey, logger });
    stopNode = node.stop;
    const setupToken = await offerSetup(db, settings.home);
    const workload = createWorkload(settings.rates);
    const runFeeds = createRunFeeds(db, settings.runs, settings.dataPublicUrl !== undefined);
    const control: Control = {
      settings,
      logger,
      db,
      searches,
      uploads,
      deletions,
      documentRoom: createDocumentRoom(uploads, settings),
      uploadRecord,
      repeats,
      findToken: createFindToken(db),
      creations: createSecretCreations(db, workload),
      workload,
      runFeeds,
      clock,
      queue,
      accounts: createAccounts(db, { sessionKey, publicUrl: settings.publicUrl, clock }),
      signInLimit: createSignInLimit(db, sessionKey),
      mailLimit: createMailLimit(db, sessionKey),
      instanceId,
      inBackground(work) {
        background.add(work);
        void work.finally(() => background.delete(work));
      },
      version,
    };

    const { allowedHosts, listen, publicUrl, trustedProxies } = settings;
    const metrics = settings.metrics ? createMetrics({ plane: 'control', version }) : undefined;
    const hosts = { listen: listen.host, publicUrl, allowed: allowedHosts };
    const server = createServer({ logger, hosts, trustedProxies, ...(metrics && { metrics }) });
    if (metrics !== undefined) serveMetrics(server, metrics);
    server.addReadyCheck('database', async () => {
      await sql`select 1`.execute(health);
    });
    compressAnswers(server);
    serveEndpoints<AnyAccess, Control>(server, {
      endpoints: ENDPOINTS,
      implementations: IMPLEMENTATIONS,
      context: control,
      authorize: (endpoint, request) => authorize(control, endpoint, request),
      admit: (endpoint, access, reply, work) => admit(control, endpoint, access, reply, work),
      show: ({ organization }, answer) => (seesNames(organization?.rights) ? answer : answerWithoutNames(answer)),
    });
    registerAccountRoutes(server, control);
    const openApi = openApiDocument({ version: control.version, url: settings.publicUrl });
    server.get('/api/openapi.json', async () => openApi);
    serveConsole(server, { folder: settings.consoleFolder, publicUrl: settings.publicUrl });
    control.inBackground(
      uploadRecord.recover().catch((error: unknown) => {
        logEvent(logger, 'upload.not_recorded', { error });
      }),
    );
    // Who watches a run is sent to another node.
    server.addHook('preClose', async () => runFeeds.close());
    await server.ready();
    return {
      server,
      logger,
      setupToken,
      async close() {
        await server.close();
        await uploadRecord.close();
        await Promise.allSettled(background);
        const lost = await repeats.close();
        if (lost > 0) logEvent(logger, 'audit.repeats_lost', { count: lost });
        clock.stop();
        await node.stop();
        await queue.stop();
        await disconnect();
      },
    };
  } catch (error) {
    clock.stop();
    await stopNode();
    await queue.stop().catch(() => undefined);
    await disconnect();
    throw error;
  }
}
