import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnvelopeBody } from '@holdfast/api';
import { type Account, sealFor, sealingKeyOf } from './account.ts';
import type { SampleDocument } from './documents.ts';
import { eventually } from './eventually.ts';

/**
 * What people build in an organization, made through the API: secrets, projects, components, workflows, runs.
 */

export interface RunView {
  id: string;
  number: number;
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  items: { total: number; waiting: number; running: number; published: number; unchanged: number; skipped: number; failed: number };
  failure: { code: string; detail: string; remedy: string; secretName: string | null; component: { id: string } | null } | null;
}

export interface RunItemView {
  id: string;
  name: string;
  size: number;
  status: string;
  attempts: number;
  publishedAs: string | null;
  failure: { code: string; detail: string } | null;
}

export async function putSecret(account: Account, name: string, value: string, metadata: object = {}): Promise<void> {
  const current = await account.request<{ id: string }>('GET', account.at(`/secrets/${name}`));
  const envelope = await sealFor(account, value, 'secret-value', current.status === 200 ? current.body.id : undefined);
  await account.call('PUT', account.at(`/secrets/${name}`), { envelope, ...metadata });
}

/** Many new secrets, four at a time, sealed with the key as it is now; as fast as one person may. */
export async function addSecrets(
  account: Account,
  count: number,
  secretOf: (number: number) => [name: string, value: string],
): Promise<void> {
  const key = await sealingKeyOf(account);
  let next = 0;
  const writer = async () => {
    for (let number = next++; number < count; number = next++) {
      const [name, value] = secretOf(number);
      const envelope = await sealFor(account, value, 'secret-value', undefined, [], key);
      await putWithinLimit(account, name, envelope);
    }
  };
  await Promise.all(Array.from({ length: 4 }, writer));
}

async function putWithinLimit(account: Account, name: string, envelope: EnvelopeBody): Promise<void> {
  for (;;) {
    const { status, headers, body } = await account.request('PUT', account.at(`/secrets/${name}`), { envelope });
    if (status < 300) return;
    if (status !== 429) throw new Error(`${name} is not added: ${status} ${JSON.stringify(body)}`);
    await sleep(Number(headers.get('retry-after')) * 1_000);
  }
}

export async function createProject(account: Account, name: string): Promise<string> {
  return (await account.call<{ id: string }>('POST', account.at('/projects'), { name })).id;
}

/**
 * A publisher into a container, which it creates; its connection string is a secret's name or a value of its
 * own.
 */
export async function createPublisher(
  account: Account,
  project: string,
  options: { name?: string; container: string; connection: { secret: string } | { ownValue: string } },
): Promise<string> {
  const { connection } = options;
  const configuration: Record<string, unknown> = { container: options.container, createContainer: true };
  const sealedOptions: Record<string, unknown> = {};
  if ('secret' in connection) configuration.connectionString = `\${secret.${connection.secret}}`;
  else sealedOptions.connectionString = await sealFor(account, connection.ownValue, 'component-value');
  const component = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
    name: options.name ?? 'Azure Blob',
    type: 'azure-blob-publisher',
    configuration,
    sealedOptions,
  });
  return component.id;
}

export async function createWorkflow(
  account: Account,
  project: string,
  components: readonly string[],
  options: { name?: string; folder?: string } = {},
): Promise<string> {
  const workflow = await account.call<{ id: string }>('POST', account.at('/workflows'), {
    projectId: project,
    name: options.name ?? 'Publish documents',
    source: options.folder === undefined ? { kind: 'upload' } : { kind: 'folder', folder: options.folder },
    steps: components.map((componentId) => ({ componentId })),
  });
  return workflow.id;
}

export async function upload(account: Account, project: string, document: SampleDocument): Promise<string> {
  const query = new URLSearchParams({ name: document.name, contentType: document.contentType });
  const answer = await account.call<{ id: string; size: number }>(
    'POST',
    account.at(`/projects/${project}/documents?${query}`),
    Readable.toWeb(document.open()),
  );
  if (answer.size !== document.size) throw new Error(`${document.name} arrived with ${answer.size} of ${document.size} bytes.`);
  return answer.id;
}

export async function startRun(account: Account, workflow: string, documentIds: readonly string[] = []): Promise<RunView> {
  return account.call<RunView>('POST', account.at(`/workflows/${workflow}/runs`), { documentIds });
}

/** Waits until the run has ended, however it ended. */
export async function finishRun(account: Account, run: string, withinMilliseconds = 60_000): Promise<RunView> {
  return eventually(
    `run ${run} to end`,
    async () => {
      const view = await account.call<RunView>('GET', account.at(`/runs/${run}`));
      return ['succeeded', 'failed', 'cancelled'].includes(view.status) ? view : undefined;
    },
    { withinMilliseconds, everyMilliseconds: 100 },
  );
}

export async function listItems(account: Account, run: string): Promise<RunItemView[]> {
  return (await account.call<{ items: RunItemView[] }>('GET', account.at(`/runs/${run}/items?limit=200`))).items;
}
