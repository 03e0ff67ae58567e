import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogger } from '@holdfast/service';
import { sql } from 'kysely';
import { eventually } from '../tests/harness/eventually.ts';
import { startDataPlane } from './app.ts';
import { startParts } from './start-parts.ts';
import { QUICK_RETRY, testInstance } from './testing/instance.ts';

describe('a start that fails', { concurrency: false }, () => {
  it('stops what had started, the last one first, and says why it failed, not why stopping did', async () => {
    const stopped: string[] = [];
    const reported: unknown[] = [];
    const reason = new Error('the third part does not start');
    const stuck = new Error('the second part does not stop');
    const start = startParts(
      async (started) => {
        started.defer(() => void stopped.push('first'));
        started.defer(() => {
          stopped.push('second');
          throw stuck;
        });
        started.defer(async () => void stopped.push('last'));
        throw reason;
      },
      (error) => reported.push(error),
    );
    await assert.rejects(start, (error) => error === reason);
    assert.deepEqual(stopped, ['last', 'second', 'first']);
    assert.deepEqual(reported, [stuck]);
  });

  it('leaves nothing running, held or open, wherever the data plane fails', async () => {
    await using instance = await testInstance();
    await instance.plane.close();
    const { username: role } = new URL(instance.settings.databaseUrl.replace('@/', '@localhost/'));
    /** What keeps a process from its end, but connections to the database: those are counted there. */
    const running = () =>
      process
        .getActiveResourcesInfo()
        .filter((kind) => kind === 'Timeout' || kind === 'MessagePort' || kind === 'Worker')
        .toSorted();
    const before = running();
    const logged: unknown[] = [];
    const logger = createLogger({ name: 'data', level: 'silent' });
    logger.error = (fields: unknown) => void logged.push(fields);

    async function left() {
      const { rows } = await sql<{ sessions: number; locks: number; nodes: number }>`
        select (select count(*) from pg_stat_activity where datname = current_database() and usename = ${role})::integer as sessions,
          (select count(*) from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database()))::integer as locks,
          (select count(*) from node where stopped_at is null)::integer as nodes`.execute(instance.owner);
      return rows[0];
    }

    let failures = 0;
    for (let place = 1; ; place += 1) {
      let reads = 0;
      const reason = new Error(`failed at the use ${place} of the address`);
      const settings = {
        ...instance.settings,
        /** Used by each part that connects: the start fails at one of them after the other. */
        get databaseUrl(): string {
          reads += 1;
          if (reads === place) throw reason;
          return instance.settings.databaseUrl;
        },
      };
      const plane = await startDataPlane(settings, { retry: QUICK_RETRY, logger }).catch((error: unknown) => {
        assert.equal(error, reason);
        return undefined;
      });
      if (plane !== undefined) {
        await plane.close();
        break;
      }
      failures += 1;
      await eventually(`no session, lock or node that says it runs, after failure ${place}`, async () => {
        const { sessions = -1, locks = -1, nodes = -1 } = (await left()) ?? {};
        return sessions === 0 && locks === 0 && nodes === 0;
      });
      await eventually(`nothing that keeps the process running, after failure ${place}`, async () => running().length <= before.length);
    }
    assert.ok(failures >= 5, `${failures} places`);
    assert.deepEqual(logged, []);
  });
});
