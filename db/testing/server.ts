import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../embedded/start.ts';
import { ensureRoles, PLANE_ROLES } from '../roles.ts';

/** Passwords of a server that only this test run can reach. */
const PASSWORDS = { control: 'control', data: 'data' } as const;
const OWNER_DATABASE = 'postgres';

export interface TestServer {
  /** The owner's URL of the server's maintenance database: what HOLDFAST_TEST_DATABASE_SERVER holds. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A server of its own in a temporary folder. It waits for no disk, except where a test is about that. */
export async function startTestServer(
  settings: Readonly<Record<string, string>> = { fsync: 'off', synchronous_commit: 'off' },
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const embedded = await startEmbedded(folder, { settings: { max_connections: '300', ...settings } });
  await ensureRoles(embedded.ownerUrl, PASSWORDS);
  const url = new URL(embedded.ownerUrl.replace('@/', '@socket/'));
  url.pathname = `/${OWNER_DATABASE}`;
  return {
    url: url.href.replace('@socket/', '@/'),
    async stop() {
      await embedded.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The URL of another database, for the owner or a plane's role, on the server that `serverUrl` names. */
export function urlOf(serverUrl: string, database: string, plane?: keyof typeof PASSWORDS): string {
  const url = new URL(serverUrl.replace('@/', '@socket/'));
  url.pathname = `/${database}`;
  if (plane) {
    url.username = PLANE_ROLES[plane];
    url.password = PASSWORDS[plane];
  }
  return url.href.replace('@socket/', '@/');
}
