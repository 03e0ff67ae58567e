import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from '@holdfast/envelope';
import { type SignedSealingKey, seal, verifySealingKey } from '@holdfast/seal';
import { type Account, apiOf } from '../harness/account.ts';
import type { SampleDocument } from '../harness/documents.ts';
import { startRun, upload } from '../harness/workspace.ts';

/**
 * Something that writes without pause until it is stopped, and remembers what the server said it has kept.
 */
export interface Writer<T> {
  acknowledged: T[];
  /** Writes that failed or whose answer never came: they may be there or not. */
  unanswered: number;
  stop(): Promise<void>;
}

function writer<T>(write: (number: number) => Promise<T | undefined>): Writer<T> {
  let going = true;
  const state: Writer<T> = {
    acknowledged: [],
    unanswered: 0,
    async stop() {
      going = false;
      await done;
    },
  };
  const done = (async () => {
    for (let number = 0; going; number += 1) {
      const result = await write(number).catch(() => undefined);
      if (result === undefined) {
        state.unanswered += 1;
        await sleep(20);
      } else {
        state.acknowledged.push(result);
      }
    }
  })();
  return state;
}

/** Adds secrets one after the other; acknowledged are the names of those that were answered with 201. */
export async function writeSecrets(account: Account, prefix: string): Promise<Writer<string>> {
  const key = await verifySealingKey(await account.call<SignedSealingKey>('GET', account.at('/sealing-key')), {
    organizationId: account.organization.id,
  });
  const api = apiOf(account.url, account.token);
  return writer(async (number) => {
    const name = `${prefix}_${number}`;
    const envelope = await seal(key, { secretId: uuidv7(), kind: 'secret-value', value: `value of ${name}` });
    const answer = await api.request('PUT', account.at(`/secrets/${name}`), { envelope }, { 'if-none-match': '*' });
    return answer.status === 201 ? name : undefined;
  });
}

export interface AcknowledgedRun {
  id: string;
  names: string[];
}

/** Uploads two small documents of their own names and starts a run with them, over and over. */
export function writeRuns(
  account: Account,
  project: string,
  workflow: string,
  documentOf: (name: string) => SampleDocument,
): Writer<AcknowledgedRun> {
  return writer(async (number) => {
    const names = [0, 1].map((part) => `document ${number}-${part}.txt`);
    const ids: string[] = [];
    for (const name of names) ids.push(await upload(account, project, documentOf(name)));
    const run = await startRun(account, workflow, ids);
    await sleep(100);
    return { id: run.id, names };
  });
}
