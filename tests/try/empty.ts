import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAzurite } from '../harness/azurite.ts';
import { largeDocument, mixedDocuments, writeDocuments } from '../harness/documents.ts';
import { repository } from '../harness/instance.ts';
import { freePort } from '../harness/ports.ts';
import { allowing, startHoldfast } from './holdfast.ts';

/**
 * `npm run try -- empty`: Holdfast with a local Azure Blob emulator that it may reach, and documents to
 * publish. Everything it makes lies in `.try`, and is found again the next time. Ctrl-C ends all of it.
 */

const CONTAINER = 'documents';
/** The samples can also be read as a folder on the server, by an organization of this address. */
const ORGANIZATION = 'acme';

interface StorageAccount {
  port: number;
  account: string;
  accountKey: string;
}

const folder = join(repository, '.try');
const documents = join(folder, 'documents');
const home = process.env.HOLDFAST_HOME || join(folder, 'holdfast');
const control = process.env.HOLDFAST_CONTROL_LISTEN || '127.0.0.1:7400';

await mkdir(folder, { recursive: true, mode: 0o700 });
if (!existsSync(documents)) await writeDocuments(documents, [...mixedDocuments(), largeDocument()]);
const azurite = await startEmulator();

const holdfast = startHoldfast({
  HOLDFAST_HOME: home,
  HOLDFAST_CONTROL_LISTEN: control,
  HOLDFAST_EGRESS_ALLOW: allowing([`127.0.0.1:${azurite.port}`]),
  HOLDFAST_SOURCE_FOLDERS: process.env.HOLDFAST_SOURCE_FOLDERS || `${ORGANIZATION}:samples=${documents}`,
});
holdfast.ready.then(
  (text) => console.log(`${text}${instructions()}`),
  () => undefined,
);
process.exitCode = await holdfast.ended;
await azurite.stop();

async function startEmulator() {
  const path = join(folder, 'storage-account.json');
  const kept = existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as StorageAccount) : undefined;
  const account: StorageAccount = kept ?? { port: await freePort(), account: 'trystore', accountKey: randomBytes(64).toString('base64') };
  if (!kept) await writeFile(path, JSON.stringify(account), { mode: 0o600 });
  const emulator = await startAzurite({ ...account, folder: join(folder, 'storage') }).catch((error: unknown) => {
    throw new Error(`The Azure Blob emulator did not start on port ${account.port}. If something else uses the port, delete ${path}.`, {
      cause: error,
    });
  });
  await emulator.client.getContainerClient(CONTAINER).createIfNotExists();
  return emulator;
}

function instructions(): string {
  return `
To try it out, a local Azure Blob emulator runs beside it.

  1  Open the console and set it up; "${ORGANIZATION}" is a good address for the organization.
  2  Secrets, Add Secret: name it STORE, and paste this as its value:

     ${azurite.connectionString}

  3  Projects: a new project, in it a new Azure Blob publisher. Tick "Use organization secret", choose STORE,
     container "${CONTAINER}", then Test connection.
  4  A new workflow with this publisher; run it with the documents of
     ${documents}
     (in an organization named "${ORGANIZATION}" also as the folder "samples" on the server).

Ctrl-C ends all of it. Everything lies in ${folder}.
`;
}
