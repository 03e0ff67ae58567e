import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '@holdfast/db/control';
import { testDatabase } from '@holdfast/db/testing';
import { ConfigurationError, createLogger } from '@holdfast/service';
import { startControlNode } from './node.ts';

test('a control plane with another session key than one that runs is refused, by name and remedy', async () => {
  await using database = await testDatabase();
  const db = connect(database.controlUrl, { name: 'test', maximumConnections: 1 });
  const logger = createLogger({ name: 'control', level: 'silent' });
  const start = (sessionKey: string) =>
    startControlNode(db, { version: '0.1.0', publicUrl: 'https://holdfast.example', sessionKey, logger });
  try {
    const first = await start('one key'.repeat(5));
    await assert.rejects(
      start('another key'.repeat(5)),
      (error: unknown) =>
        error instanceof ConfigurationError &&
        error.message.includes(`(process ${process.pid}) signs sessions with another key`) &&
        error.message.includes('HOLDFAST_SESSION_KEY_FILE'),
    );
    await (await start('one key'.repeat(5))).stop();
    await first.stop();
    // Nobody runs any more, so that a new key takes nothing from anybody.
    await (await start('another key'.repeat(5))).stop();
  } finally {
    await db.destroy();
  }
});
