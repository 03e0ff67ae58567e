import { Readable } from 'node:stream';
import type { Account } from '../../harness/account.ts';
import { createWorkflow, listItems, putSecret, startRun, upload } from '../../harness/workspace.ts';
import { cancelAfterFirstFailure } from './use-services.ts';

/**
 * Plants a marker where no value is protected: in the name of a host, which the errors of a connector
 * repeat. Answers what is said of it by the connection test, by the run, and on the record.
 */
export async function leakThroughService(account: Account, project: string, marker: string): Promise<Record<string, Buffer>> {
  await putSecret(account, 'OF_NOBODY', 'a value that is looked for nowhere');
  const { id } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
    name: 'Leaks',
    type: 'http-publisher',
    configuration: { baseUrl: `http://${marker}.invalid`, authentication: 'bearer', credential: `\${secret.OF_NOBODY}` },
    sealedOptions: {},
  });
  const answerOf = async (ask: Promise<unknown>) => {
    await ask;
    return account.answers.at(-1) ?? Buffer.alloc(0);
  };
  const test = await answerOf(account.call('POST', account.at(`/projects/${project}/components/${id}/test`)));
  const workflow = await createWorkflow(account, project, [id], { name: 'Leaks' });
  const document = { name: 'a.txt', contentType: 'text/plain', size: 1, open: () => Readable.from([Buffer.from('a')]) };
  const run = await startRun(account, workflow, [await upload(account, project, document)]);
  await cancelAfterFirstFailure(account, run.id, 'What leaks');
  return {
    'the answer of a connection test': test,
    'the log of a run': await answerOf(account.call('GET', account.at(`/runs/${run.id}/log`))),
    'the results of a run': await answerOf(listItems(account, run.id)),
    'the audit record': await answerOf(account.call('GET', account.at('/audit/export'))),
  };
}
