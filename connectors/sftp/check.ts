import { randomBytes } from 'node:crypto';
import { type ConnectorContext, ConnectorError } from '@holdfast/connector';
import { explain } from './failures.ts';
import { statOf, withFile } from './files.ts';
import type { PublisherOptions } from './options.ts';
import { TEMPORARY } from './publish.ts';
import { joined } from './remote-name.ts';
import { sessionOf } from './session.ts';

/**
 * Writes an empty file under a name that nobody has, and removes it: into the folder, or while that is not
 * there, into the nearest one above it.
 */
export async function checkPublisher(options: PublisherOptions, context: ConnectorContext): Promise<string> {
  const session = await sessionOf(options, context);
  const { sftp, call } = session;
  let folder = options.folder;
  try {
    while (folder !== '' && folder !== '/') {
      const there = await statOf(session, folder);
      if (there !== undefined && there !== 'unknown' && !there.isDirectory()) {
        throw new ConnectorError('option_invalid', `The option “Folder” names what is a file on the server: “${folder}”.`);
      }
      if (there !== undefined) break;
      folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) || '/' : '';
    }
    const name = joined(folder, `${TEMPORARY}connection-test-${randomBytes(6).toString('hex')}`);
    await withFile(session, name, 'wx', async () => undefined);
    await call<void>((done) => sftp.unlink(name, done));
  } catch (error) {
    context.signal.throwIfAborted();
    throw explain(error, { place: options, path: folder, right: 'write, rename and delete there' });
  }
  const where = options.folder === '' ? 'The folder where the user arrives' : `The folder “${options.folder}”`;
  const found = folder === options.folder ? `${where} may be written.` : `${where} is not there yet; it is made with the first document.`;
  return `The server shows the known host key and accepts the user. ${found}`;
}
