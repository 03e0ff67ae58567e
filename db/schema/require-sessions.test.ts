import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { testDatabase } from '../testing/index.ts';
import { compareSessions, requireOwnSessions, type Session } from './require-sessions.ts';

/**
 * What a pooler in transaction mode does with connections: a statement goes to any backend that is in no
 * transaction.
 */
function transactionPool(backends: readonly pg.Client[]): { connection(): Session } {
  const held = new Map<Session, pg.Client>();
  return {
    connection() {
      const session: Session = {
        async query(statement) {
          const free = backends.find((backend) => ![...held.values()].includes(backend));
          const backend = held.get(session) ?? free;
          if (backend === undefined) throw new Error('The pool is exhausted.');
          if (statement === 'begin') held.set(session, backend);
          const answer = await backend.query(statement);
          if (statement === 'rollback') held.delete(session);
          return answer;
        },
      };
      return session;
    },
  };
}

test('connections to PostgreSQL itself have sessions of their own', async () => {
  await using database = await testDatabase();
  await requireOwnSessions(database.dataUrl);
});

test('connections through a pooler in transaction mode are refused, with what to change', async () => {
  await using database = await testDatabase();
  const backends = await Promise.all(
    [1, 2].map(async () => {
      const client = new pg.Client({ connectionString: database.dataUrl });
      await client.connect();
      return client;
    }),
  );
  try {
    for (const order of [backends, backends.toReversed()]) {
      const pool = transactionPool(order);
      await assert.rejects(compareSessions(pool.connection(), pool.connection()), /pooler in transaction mode.*pool_mode = session/s);
    }
  } finally {
    for (const client of backends) await client.end();
  }
});
