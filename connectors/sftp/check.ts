import { type ConnectorContext, ConnectorError } from '@holdfast/connector';
import type { Stats } from 'ssh2';
import { explain, STATUS, statusOf } from './failures.ts';
import { statOf, WRITE_ONLY, withFile } from './files.ts';
import type { PublisherOptions } from './options.ts';
import { putInPlace, TEMPORARY } from './publish.ts';
import { joinPaths } from './remote-name.ts';
import { type Session, sessionOf } from './session.ts';

/** A test of another component in the same folder may take the file away meanwhile. */
const TRIES = 3;

/**
 * Tries what publishing does: writes an empty file, renames it, and removes it again, in the folder or, while
 * that is not there, in the nearest one above it. Who may not delete can publish; the sentence says so then.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError `option_invalid` when the folder is a file, there is no host key, or the private key
 *   cannot be read; `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.connect` throws; the reason of the context's signal.
 */
export async function checkPublisher(options: PublisherOptions, context: ConnectorContext): Promise<string> {
  const session = await sessionOf(options, context);
  let folder = options.folder;
  let outcome: Outcome;
  try {
    while (folder !== '' && folder !== '/') {
      const there = await statOf(session, folder);
      if (there !== undefined && there !== 'unknown' && !there.isDirectory()) {
        throw new ConnectorError('option_invalid', `The option “Folder” names what is a file on the server: “${folder}”.`);
      }
      if (there !== undefined) break;
      folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) || '/' : '';
    }
    outcome = await tryToPublish(session, folder, options.existing === 'replace');
  } catch (error) {
    context.signal.throwIfAborted();
    throw explain(error, { place: options, path: folder, right: 'write and rename there' });
  }
  const where = options.folder === '' ? 'The folder where the user arrives' : `The folder “${options.folder}”`;
  const found = folder === options.folder ? `${where} may be written.` : `${where} is not there yet; it is made with the first document.`;
  const untried = outcome.renamed ? '' : ` Whether it may rename there was not tried: “${joinPaths(folder, NAMES.renamed)}” is taken.`;
  const kept =
    outcome.left === undefined
      ? ''
      : ` The user may not delete: “${outcome.left}”, which is empty, stays there, and what a failed attempt has written stays until the next one.`;
  return `The server shows the known host key and accepts the user. ${found}${untried}${kept}`;
}

/** The same for every test: of a user who may not delete, one file stays. */
const NAMES = { written: `${TEMPORARY}connection-test.part`, renamed: `${TEMPORARY}connection-test` };

interface Outcome {
  /** `false`: another file has the name, and is not to be replaced. */
  readonly renamed: boolean;
  /** What could not be removed. */
  readonly left: string | undefined;
}

async function tryToPublish(session: Session, folder: string, replace: boolean): Promise<Outcome> {
  const { sftp, call } = session;
  const [written, renamed] = [joinPaths(folder, NAMES.written), joinPaths(folder, NAMES.renamed)];
  const remove = (path: string) => call<void>((done) => sftp.unlink(path, done));
  for (let tries = 1; ; tries += 1) {
    let placed: boolean;
    try {
      // What a former test had to leave becomes the file to write: not every server renames over another.
      await call<void>((done) => sftp.rename(renamed, written, done)).catch(ignoreAnswer);
      await writeEmpty(session, written);
      placed = await putInPlace(session, written, renamed, replace).catch(async (error) => {
        if (session.isAlive()) await remove(written).catch(ignoreAnswer);
        throw error;
      });
    } catch (error) {
      if (statusOf(error) === STATUS.noSuchFile && tries < TRIES) continue;
      throw error;
    }
    const path = placed ? renamed : written;
    const gone = await remove(path).then(
      () => true,
      (error) => {
        ignoreAnswer(error);
        return statusOf(error) === STATUS.noSuchFile;
      },
    );
    if (!placed && gone && tries < TRIES) continue;
    return { renamed: placed, left: gone ? undefined : path };
  }
}

/**
 * Makes the file, or opens the one that a former test has left, and writes nothing into it. Others may write
 * to the folder: a link that they put under the name leads nowhere, and no other file is emptied.
 */
async function writeEmpty(session: Session, path: string): Promise<void> {
  const { sftp, call } = session;
  const open = (flags: 'wx' | typeof WRITE_ONLY) => withFile(session, path, flags, async () => undefined);
  try {
    await open('wx');
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    const there = await call<Stats>((done) => sftp.lstat(path, done)).catch(ignoreAnswer);
    if (there === undefined) throw error;
    if (there.isFile()) return open(WRITE_ONLY);
    await call<void>((done) => sftp.unlink(path, done)).catch((refusal) => {
      ignoreAnswer(refusal);
      throw new ConnectorError('upstream_refused', `“${path}” on the server is no file, and its name is that of the connection test.`, {
        remedy: 'Delete it there, and test again.',
      });
    });
    await open('wx');
  }
}

/** The server said no; a connection that has ended is another matter. */
function ignoreAnswer(error: unknown): undefined {
  if (statusOf(error) === undefined) throw error;
}
