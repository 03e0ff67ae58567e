import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from '@holdfast/envelope';
import { type SignedSealingKey, seal, verifySealingKey } from '@holdfast/seal';
import { setUp } from '../harness/account.ts';
import { startInstance } from '../harness/instance.ts';
import { recordFigures, SIZES } from './sizes.ts';

const CALLERS = 4;

/** PostgreSQL in immediate shutdown: every session ends in the middle of what it does. */
const RESTART = 'SIGQUIT';

interface Answer {
  readonly name: string;
  readonly status: number;
  readonly code: string | undefined;
}

test(`while PostgreSQL is restarted ${SIZES.restarts} times, each request is committed, or answered with a 503 that may be retried`, async () => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const key = await verifySealingKey(await account.call<SignedSealingKey>('GET', account.at('/sealing-key')), {
    organizationId: account.organization.id,
  });
  const answers: Answer[] = [];
  let going = true;
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let number = 0; going; number += 1) {
      const name = `RESTART_${caller}_${number}`;
      const envelope = await seal(key, { secretId: uuidv7(), kind: 'secret-value', value: `value of ${name}` });
      // The control plane is up all the time: whatever it says, it says.
      const { status, body } = await account.request<{ code?: string }>('PUT', account.at(`/secrets/${name}`), { envelope });
      answers.push({ name, status, code: body.code });
      await sleep(20);
    }
  });
  for (let round = 0; round < SIZES.restarts; round += 1) {
    await sleep(300 + Math.random() * 500);
    const { postgres } = await instance.processes();
    process.kill(postgres.pid, RESTART);
    await sleep(200);
    await instance.ready(30_000);
  }
  going = false;
  await Promise.all(callers);

  const others = answers.filter(({ status }) => ![201, 204, 503].includes(status));
  assert.deepEqual(others, [], 'Neither committed nor a 503.');
  const refused = answers.filter(({ status }) => status === 503);
  assert.ok(
    refused.every(({ code }) => code !== undefined),
    'Each says why.',
  );
  const committed = answers.filter(({ status }) => status < 300);
  const names = new Set<string>();
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '200', ...(cursor === null ? {} : { cursor }) });
    const page: { items: { name: string }[]; nextCursor: string | null } = await account.call('GET', account.at(`/secrets?${query}`));
    for (const { name } of page.items) {
      assert.ok(!names.has(name), `${name} is there twice.`);
      names.add(name);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  assert.deepEqual(
    committed.filter(({ name }) => !names.has(name)),
    [],
  );
  // Retried, a refused one is there once, whether its first try had landed or not.
  for (const { name } of refused.slice(0, 50)) {
    const current = await account.request<{ id: string }>('GET', account.at(`/secrets/${name}`));
    const secretId = current.status === 200 ? current.body.id : uuidv7();
    const envelope = await seal(key, { secretId, kind: 'secret-value', value: `value of ${name}` });
    const { status } = await account.request('PUT', account.at(`/secrets/${name}`), { envelope });
    assert.ok(status === 201 || status === 204, `${name}: ${status}`);
  }
  recordFigures('PostgreSQL restarted in the middle of requests', {
    rounds: SIZES.restarts,
    committed: committed.length,
    'answered 503': refused.length,
    'answered otherwise': others.length,
    'committed and lost': 0,
  });
});
