import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateMemory } from '../tests/harness/processes.ts';
import { createProject, createPublisher, createWorkflow, putSecret, startRun } from '../tests/harness/workspace.ts';
import { createHttpCaller } from './http-caller.ts';
import { startInstantServer } from './instant-process.ts';
import { startSecretsInstance } from './secrets-instance.ts';

/**
 * `node bench/load.ts [minutes]`: what each process of one instance has for itself, every minute, while
 * secrets are listed, read, created and deleted, and runs publish a document with one of them. It does not go
 * as fast as it could, so that the machine is left something; ten minutes by default.
 */
const SECRETS = 2_000;
/** Callers of each kind, and how long each pauses between two calls. */
const READERS = 4;
const CREATORS = 2;
const STARTERS = 2;
const PAUSE_MILLISECONDS = 25;
/** Created secrets that live at once. */
const KEPT = 500;
const MINUTE = 60_000;

const minutes = Number(process.argv[2] ?? 10);
await using resources = new AsyncDisposableStack();
const { port } = resources.use(await startInstantServer());
const started = await startSecretsInstance({ HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${port}` });
resources.use(started);
const { account, instance } = started;
await started.addSecrets(SECRETS);
const key = randomBytes(64).toString('base64');
await putSecret(
  account,
  'STORE',
  `DefaultEndpointsProtocol=http;AccountName=store1;AccountKey=${key};BlobEndpoint=http://127.0.0.1:${port}/store1;`,
);
const project = await createProject(account, 'Load');
const publisher = await createPublisher(account, project, { container: 'docs', connection: { secret: 'STORE' } });
const workflow = await createWorkflow(account, project, [publisher]);

const uploads = account.at(`/projects/${project}/documents?name=a.txt&contentType=text%2Fplain`);
const http = resources.use(createHttpCaller(READERS + CREATORS));
const url = (path: string) => `${instance.controlUrl}${account.at(path)}`;
const counts = { read: 0, created: 0, runs: 0 };
let over = false;
let number = 0;

async function repeat(work: () => Promise<unknown>): Promise<void> {
  while (!over) {
    await work();
    await sleep(PAUSE_MILLISECONDS);
  }
}

const at = (index: number) => `SECRET_${String(index).padStart(7, '0')}`;
const work = [
  ...Array.from({ length: READERS }, (_, reader) =>
    repeat(async () => {
      counts.read += 1;
      await http.send('GET', url(reader % 2 === 0 ? `/secrets?limit=50` : `/secrets/${at(counts.read % SECRETS)}`), account.token);
    }),
  ),
  ...Array.from({ length: CREATORS }, () =>
    repeat(async () => {
      number += 1;
      const own = number;
      await http.send('PUT', url(`/secrets/CREATED_${own}`), account.token, started.newSecret());
      counts.created += 1;
      // As many come as go, so that the limit of an organization is not reached.
      if (own > KEPT) await http.send('DELETE', url(`/secrets/CREATED_${own - KEPT}`), account.token);
    }),
  ),
  ...Array.from({ length: STARTERS }, () =>
    repeat(async () => {
      const document = await account.call<{ id: string }>('POST', uploads, new Blob(['a small document']).stream());
      await startRun(account, workflow, [document.id]);
      counts.runs += 1;
    }),
  ),
];
const failed = Promise.all(work);
// Looked at below, each minute.
failed.catch(() => {});

const [control, data] = [await instance.plane('control'), await instance.plane('data')];
const pids = { control: control.pid, data: data.pid, launcher: instance.pid };
async function print(minute: number): Promise<void> {
  const parts = await Promise.all(
    Object.entries(pids).map(async ([name, pid]) => `${name} ${Math.round((await privateMemory(pid)) / 1_048_576)}`),
  );
  console.log(`${minute} min: ${parts.join(', ')} MiB; ${counts.read} reads, ${counts.created} created, ${counts.runs} runs started`);
}
for (let minute = 0; ; minute += 1) {
  await print(minute);
  if (minute === minutes) break;
  await Promise.race([sleep(MINUTE), failed]);
}
over = true;
await failed;
await sleep(MINUTE / 2);
console.log('After half a minute of rest:');
await print(minutes);
