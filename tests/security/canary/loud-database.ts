import { readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestServer } from '@holdfast/db/testing';
import pg from 'pg';
import { processTree } from '../../harness/processes.ts';
import type { Needle } from './marker.ts';
import { type Finding, searchMemory, searchText } from './search.ts';

/**
 * PostgreSQL as the most curious administrator sets it up: every statement, its parameters and its plan in
 * the log, also when it fails, and statistics of every statement.
 */
const SETTINGS = {
  fsync: 'off',
  shared_preload_libraries: 'pg_stat_statements,auto_explain',
  'pg_stat_statements.track': 'all',
  'pg_stat_statements.max': '10000',
  track_activity_query_size: '65536',
  log_statement: 'all',
  log_min_messages: 'info',
  log_min_error_statement: 'info',
  log_error_verbosity: 'verbose',
  log_parameter_max_length: '-1',
  log_parameter_max_length_on_error: '-1',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_parameter_max_length': '-1',
} as const;

/** How often one looks at what sessions do. */
const LOOK_MILLISECONDS = 200;

export interface LoudDatabase extends AsyncDisposable {
  /** For DATABASE_URL. */
  readonly ownerUrl: string;
  /** A session of the superuser. */
  readonly client: pg.Client;
  /** Where its data directory and its log lie. */
  readonly folder: string;
  readonly log: string;
  /** pg_stat_statements. */
  searchStatements(needles: readonly Needle[]): Promise<Finding[]>;
  /** What pg_stat_activity has shown since the start. */
  searchActivity(needles: readonly Needle[]): Promise<Finding[]>;
  /** Of the postmaster and of all that descend from it, sessions of the planes among them. */
  searchProcesses(needles: readonly Needle[]): Promise<Finding[]>;
}

export async function startLoudDatabase(): Promise<LoudDatabase> {
  const server = await startTestServer({ settings: SETTINGS });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('create extension pg_stat_statements');
  const folder = dirname(await readlink(`/proc/${server.pid}/cwd`));
  const seen = new Set<string>();
  const look = async () => {
    const { rows } = await client.query<{ query: string }>('select query from pg_stat_activity where pid <> pg_backend_pid()');
    for (const { query } of rows) seen.add(query);
  };
  let going = true;
  const looking = (async () => {
    while (going) {
      await look();
      await sleep(LOOK_MILLISECONDS);
    }
  })();
  return {
    ownerUrl: await server.createDatabase(),
    client,
    folder,
    log: join(folder, 'postgresql.log'),
    async searchStatements(needles) {
      const { rows } = await client.query<{ query: string }>('select query from pg_stat_statements');
      return rows.flatMap(({ query }) => searchText(needles, `pg_stat_statements: ${query.slice(0, 60)}`, query));
    },
    async searchActivity(needles) {
      await look();
      return [...seen].flatMap((query) => searchText(needles, `pg_stat_activity: ${query.slice(0, 60)}`, query));
    },
    async searchProcesses(needles) {
      const findings: Finding[] = [];
      for (const { pid, arguments: words } of await processTree(server.pid)) {
        // What they share is in the first of them.
        const parts = pid === server.pid ? 'all' : 'private';
        const searching = searchMemory(needles, pid, `${words[0]?.trim()} (${pid})`, parts);
        findings.push(...(await searching.catch(nothingOfEnded)));
      }
      return findings;
    },
    async [Symbol.asyncDispose]() {
      going = false;
      await looking;
      await client.end();
      await server.stop();
    },
  };
}

/** Sessions end meanwhile. */
function nothingOfEnded(error: NodeJS.ErrnoException): Finding[] {
  if (error.code === 'ENOENT' || error.code === 'ESRCH') return [];
  throw error;
}
