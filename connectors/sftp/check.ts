import { type ConnectorContext, ConnectorError } from '@holdfast/connector';
import { explain, STATUS, statusOf } from './failures.ts';
import { statOf, withFile } from './files.ts';
import type { PublisherOptions } from './options.ts';
import { putInPlace, TEMPORARY } from './publish.ts';
import { joined } from './remote-name.ts';
import { type Session, sessionOf } from './session.ts';

/** A test of another component in the same folder may take the file away meanwhile. */
const TRIES = 3;

/**
 * Tries what publishing does: writes an empty file, renames it, and removes it again, in the folder or, while
 * that is not there, in the nearest one above it. Who may not delete can publish; the sentence says so then.
 */
export async function checkPublisher(options: PublisherOptions, context: ConnectorContext): Promise<string> {
  const session = await sessionOf(options, context);
  let folder = options.folder;
  let removed = true;
  try {
    while (folder !== '' && folder !== '/') {
      const there = await statOf(session, folder);
      if (there !== undefined && there !== 'unknown' && !there.isDirectory()) {
        throw new ConnectorError('option_invalid', `The option “Folder” names what is a file on the server: “${folder}”.`);
      }
      if (there !== undefined) break;
      folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) || '/' : '';
    }
    removed = await tryToPublish(session, folder, options.existing === 'replace');
  } catch (error) {
    context.signal.throwIfAborted();
    throw explain(error, { place: options, path: folder, right: 'write and rename there' });
  }
  const where = options.folder === '' ? 'The folder where the user arrives' : `The folder “${options.folder}”`;
  const found = folder === options.folder ? `${where} may be written.` : `${where} is not there yet; it is made with the first document.`;
  const kept = removed
    ? ''
    : ` The user may not delete: “${joined(folder, NAMES.renamed)}”, which is empty, stays there, and what a failed attempt has written stays until the next one.`;
  return `The server shows the known host key and accepts the user. ${found}${kept}`;
}

/** The same for every test: of a user who may not delete, one file stays. */
const NAMES = { written: `${TEMPORARY}connection-test.part`, renamed: `${TEMPORARY}connection-test` };

/** @returns whether nothing is left of it. */
async function tryToPublish(session: Session, folder: string, replace: boolean): Promise<boolean> {
  const { sftp, call } = session;
  const [written, renamed] = [joined(folder, NAMES.written), joined(folder, NAMES.renamed)];
  const remove = (path: string) => call<void>((done) => sftp.unlink(path, done));
  for (let tries = 1; ; tries += 1) {
    try {
      // What a former test had to leave becomes the file to write: not every server renames over another.
      await call<void>((done) => sftp.rename(renamed, written, done)).catch(ignoreAnswer);
      await withFile(session, written, 'w', async () => undefined);
      await putInPlace(session, written, renamed, replace).catch(async (error) => {
        if (session.isAlive()) await remove(written).catch(ignoreAnswer);
        throw error;
      });
    } catch (error) {
      if (statusOf(error) === STATUS.noSuchFile && tries < TRIES) continue;
      throw error;
    }
    return remove(renamed).then(
      () => true,
      (error) => {
        ignoreAnswer(error);
        return statusOf(error) === STATUS.noSuchFile;
      },
    );
  }
}

/** The server said no; a connection that has ended is another matter. */
function ignoreAnswer(error: unknown): void {
  if (statusOf(error) === undefined) throw error;
}
