import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandLine } from './command-line.ts';

interface Place {
  /** For files that hold a value: not the home, where none may be. */
  readonly folder: string;
  readonly marker: string;
  /** Of a container that takes documents. */
  readonly connectionString: string;
  readonly project: string;
  readonly container: string;
}

const MISTAKES_END = [1, 2];

/**
 * Makes, changes, uses and deletes by commands whatever holds or uses a value, and makes the mistakes with a
 * value that people make.
 */
export async function changeByCommands(
  { run }: CommandLine,
  { folder, marker, connectionString, project, container }: Place,
): Promise<void> {
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const call = (line: string, input?: string, codes?: readonly number[]) => run([...line.split(' '), '--json'], input, codes);

  await call('secret set CHANGED', `${connectionString}\n`);
  await call('secret set CHANGED', connectionString.replace('QQQQ', 'PPPP'));
  await call('secret set CHANGED --clean', `"${connectionString}"`);
  await call('secret edit CHANGED --description Of_the_archive --rotation-days 30');
  await call('secret set SPARE', connectionString);

  await call('secret set CHANGED --no-replace', connectionString, MISTAKES_END);
  await call('secret set HALF', `"${connectionString}`, [0, ...MISTAKES_END]);
  await call('secret set TOO_LONG', marker.repeat(4_000), MISTAKES_END);
  await call(`secret set -f ${await file('broken.env', `A=ok\n${marker} without a name\nB="${marker}\n`)}`, '', MISTAKES_END);
  await call('--url http://127.0.0.1:1 secret set AWAY', connectionString, MISTAKES_END);
  const inClear = await file('clear.json', JSON.stringify({ connectionString, container }));
  await call(`component create In_clear --project ${project} --type azure-blob-publisher --config ${inClear}`, '', MISTAKES_END);
  const elsewhere = await file(
    'folder.json',
    JSON.stringify({ connectionString: `\${secret.SPARE}`, container, folder: connectionString }),
  );
  await call(`component create In_folder --project ${project} --type azure-blob-publisher --config ${elsewhere}`, '', MISTAKES_END);

  const options = await file('options.json', JSON.stringify({ connectionString: `\${secret.CHANGED}`, container }));
  await call(`component create Changed --project ${project} --type azure-blob-publisher --config ${options}`);
  await call(`component update Changed --config ${options}`);
  await call(`workflow create Changed --project ${project} --step Changed --upload`);
  const exported = join(folder, 'changed.yaml');
  await call(`workflow export Changed -o ${exported}`);
  await call(`workflow apply ${exported} --yes --force --note Again`);
  const document = await file('document.txt', 'A document.');
  await call(`workflow run Changed ${document} --watch`);
  await call('workflow trigger add Changed Hook --webhook SPARE');
  await call('secret set CHANGED', 'AccountName;nothing', [0, ...MISTAKES_END]);
  await call(`workflow run Changed ${document} --watch`, '', [1]);
  await call('secret set CHANGED', connectionString);
  const [newest] = (JSON.parse(await call('run list')) as { runs: { id: string }[] }).runs;
  await call(`run retry ${newest?.id} --watch`);
  await call('example create documents-to-channel --secret CHANNEL_WEBHOOK=SPARE');
  await call('keys rotate');
  await call(`workflow run Changed ${document} --watch`);

  await call('secret delete CHANGED --replace-with SPARE --yes');
  await call('workflow delete Changed --yes');
  await call('component delete Changed --yes');
}
