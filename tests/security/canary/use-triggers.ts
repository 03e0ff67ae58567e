import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { Account } from '../../harness/account.ts';
import type { Instance } from '../../harness/instance.ts';

const BODY = '{"order":17}';

/**
 * Has a workflow started by signed requests, one of them signed with another key, and by an upload. Answers
 * the token of the upload address.
 */
export async function useTriggers(instance: Instance, account: Account, workflow: string, signingKey: string): Promise<string> {
  const addTrigger = (name: string, settings: object) =>
    account.call<{ id: string; token: string | null }>('POST', account.at(`/workflows/${workflow}/triggers`), { name, settings });
  const hook = await addTrigger('Shop', { kind: 'webhook', secretName: 'SIGNING_KEY' });
  const address = await addTrigger('Scanner', { kind: 'upload', expiresAt: null });
  const send = async (path: string, headers: Record<string, string>) => {
    const answer = await fetch(`${instance.dataUrl}${path}`, { method: 'POST', headers, body: BODY });
    account.answers.push(Buffer.from(await answer.arrayBuffer()), Buffer.from(JSON.stringify([...answer.headers])));
    return answer.status;
  };
  const seconds = Math.floor(Date.now() / 1_000);
  const signature = (key: string) => `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${BODY}`).digest('hex')}`;
  assert.ok((await send(`/hooks/acme/${hook.id}`, { 'x-holdfast-signature': signature(signingKey) })) < 300);
  assert.ok((await send(`/hooks/acme/${hook.id}`, { 'x-holdfast-signature': signature('another') })) >= 400);
  const token = address.token ?? '';
  assert.notEqual(token, '');
  await send(`/uploads/acme/${address.id}?name=order.json`, { authorization: `Bearer ${token}` });
  return token;
}
