import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Account, setUp } from '../tests/harness/account.ts';
import { startAzurite } from '../tests/harness/azurite.ts';
import { largeDocument } from '../tests/harness/documents.ts';
import { startInstance } from '../tests/harness/instance.ts';
import { processTree } from '../tests/harness/processes.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret, startRun } from '../tests/harness/workspace.ts';
import { type Comparison, median, type Pace } from './measure.ts';
import { watchMemory } from './memory.ts';
import { processorTime } from './processor-time.ts';

/** HOLDFAST_BENCH_LARGE_MEBIBYTES makes it smaller, for a look. */
const MEBIBYTES = Number(process.env.HOLDFAST_BENCH_LARGE_MEBIBYTES ?? 1024);
const ROUNDS = 2;
const FLOOR = fileURLToPath(new URL('floors/publish-large-document.ts', import.meta.url));

/**
 * A document of 1 GiB, uploaded through the control plane and published by a run into the Azure emulator,
 * beside the vendor's SDK that streams the same file. Two rounds by turns: it takes minutes, and writes the
 * document four times each. Then once more from a source of the emulator, for what the processes grow by.
 */
export async function measureLargeDocument(): Promise<Comparison[]> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-large-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'large.bin');
  await pipeline(largeDocument(MEBIBYTES * 1024 * 1024).open(), createWriteStream(file));
  const azurite = resources.use(await startAzurite({ folder: join(folder, 'azurite') }));
  const instance = resources.use(await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } }));
  const account = await setUp(instance);
  await putSecret(account, 'STORE', azurite.connectionString);
  const project = await createProject(account, 'Filing');
  const { control, data, all } = await instance.processes();
  const servers = all.filter(({ program }) => program.endsWith('/postgres')).map(({ pid }) => pid);

  const watched = { launcher: [instance.pid], 'control plane': [control.pid], 'data plane': [data.pid], PostgreSQL: servers };
  const watch = async () => {
    const memory = await Promise.all(Object.values(watched).map(watchMemory));
    return {
      async inWords() {
        const grown = await Promise.all(memory.map(async (each) => Math.round((await each.stop()) / 1024 / 1024)));
        return `${Object.keys(watched)
          .map((name, index) => `${name} +${grown[index]}`)
          .join(', ')} MiB`;
      },
    };
  };

  const emulator = (await processTree(process.pid)).find(({ arguments: words }) => words.some((word) => word.includes('azurite')));
  /** Processor time so far, in seconds: of Holdfast, of the emulator, of the floors that have ended. */
  const worked = async () => {
    const times = (await Promise.all((await processTree(instance.pid)).map(({ pid }) => processorTime(pid)))).map(
      (time) => time.own + time.endedChildren,
    );
    const emulated = emulator === undefined ? 0 : (await processorTime(emulator.pid)).own;
    return {
      holdfast: times.reduce((sum, time) => sum + time, 0) / 1000,
      emulator: emulated / 1000,
      floor: (await processorTime('self')).endedChildren / 1000,
    };
  };

  const whole: number[] = [];
  const runs: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const container = `ours-${round}`;
    const publisher = await createPublisher(account, project, { name: `Store ${round}`, container, connection: { secret: 'STORE' } });
    const workflow = await createWorkflow(account, project, [publisher], { name: `File ${round}` });
    const memory = await watch();
    const atFirst = await worked();
    const began = performance.now();
    const document = await upload(account, project, file);
    const uploaded = performance.now();
    const afterUpload = await worked();
    const view = await finishRun(account, (await startRun(account, workflow, [document])).id, 1_200_000);
    if (view.status !== 'succeeded') throw new Error(JSON.stringify(view.failure));
    whole.push(performance.now() - began);
    runs.push(performance.now() - uploaded);
    const grown = await memory.inWords();
    const afterRun = await worked();
    const { stdout } = await promisify(execFile)(process.execPath, [FLOOR, azurite.connectionString, file, `floor-${round}`]);
    floors.push(Number(stdout));
    const afterFloor = await worked();
    console.log(
      `upload and run ${Math.round(whole.at(-1) ?? 0)} ms, run ${Math.round(runs.at(-1) ?? 0)} ms, floor ${Math.round(floors.at(-1) ?? 0)} ms; ${grown}`,
    );
    const seconds = (from: typeof atFirst, to: typeof atFirst) => (part: keyof typeof atFirst) => (to[part] - from[part]).toFixed(1);
    const [ofUpload, ofRun, ofFloor] = [seconds(atFirst, afterUpload), seconds(afterUpload, afterRun), seconds(afterRun, afterFloor)];
    console.log(
      `processor time: upload ${ofUpload('holdfast')} s, run ${ofRun('holdfast')} s and ${ofRun('emulator')} s of the emulator, floor ${ofFloor('floor')} s and ${ofFloor('emulator')} s of the emulator`,
    );
  }
  const again = await createPublisher(account, project, { name: 'Again', container: 'again', connection: { secret: 'STORE' } });
  const store = (name: string) => `\${secret.${name}}`;
  const source = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
    name: 'Floor',
    type: 'azure-blob-source',
    configuration: { connectionString: store('STORE'), container: 'floor-0' },
  });
  const { id: workflow } = await account.call<{ id: string }>('POST', account.at('/workflows'), {
    projectId: project,
    name: 'File again',
    source: { kind: 'component', componentId: source.id, documents: 'all' },
    steps: [{ componentId: again }],
  });
  const memory = await watch();
  const began = performance.now();
  const view = await finishRun(account, (await startRun(account, workflow)).id, 1_200_000);
  if (view.status !== 'succeeded') throw new Error(JSON.stringify(view.failure));
  console.log(`run from a source of the emulator ${Math.round(performance.now() - began)} ms; ${await memory.inWords()}`);
  const says = 'the SDK alone, from a file, four blocks at a time';
  return [
    { what: `a document of ${MEBIBYTES} MiB, upload and run`, pace: paceOf(whole), floorWhat: says, floor: paceOf(floors) },
    { what: 'its run alone', pace: paceOf(runs), floorWhat: says, floor: paceOf(floors) },
  ];
}

function paceOf(milliseconds: readonly number[]): Pace {
  const middle = median(milliseconds);
  return { perSecond: 1000 / middle, medianMilliseconds: middle, p99Milliseconds: Math.max(...milliseconds), calls: milliseconds.length };
}

/** As curl does it: answers the document's id. */
async function upload(account: Account, project: string, file: string): Promise<string> {
  const query = new URLSearchParams({ name: 'large.bin', contentType: 'application/octet-stream' });
  const { size } = await stat(file);
  const headers = { authorization: `Bearer ${account.token}`, 'content-type': 'application/octet-stream', 'content-length': size };
  const sent = request(`${account.url}${account.at(`/projects/${project}/documents?${query}`)}`, { method: 'POST', headers });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), sent);
  const [answer] = await answered;
  const text = Buffer.concat(await answer.toArray()).toString();
  if (answer.statusCode !== 201) throw new Error(`The upload was answered with ${answer.statusCode}: ${text}`);
  return (JSON.parse(text) as { id: string }).id;
}
