import { createHash } from 'node:crypto';
import { withBrackets } from '@holdfast/configuration';
import { type ConnectorContext, ConnectorError, documentBody, type InputDocument, type Publication } from '@holdfast/connector';
import type { Stats } from 'ssh2';
import { explain, STATUS, statusOf } from './failures.ts';
import { readAll, statOf, withFile, writeAll } from './files.ts';
import type { PublisherOptions } from './options.ts';
import { joinPaths, remotePath } from './remote-name.ts';
import { type Session, sessionOf } from './session.ts';

/** Files that are on their way begin with it. */
export const TEMPORARY = '.holdfast-';

/**
 * Publishes a document as the file `folder/name`: it is written under a name of its own beside that, and
 * renamed when all of it is there. A file of the same size is read and compared; the very same bytes are left
 * as they are (`unchanged`), anything else by the option “existing”. Repeating it after a failure is safe:
 * the temporary name is the same for every attempt.
 *
 * @throws ConnectorError `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.connect` throws; `retryable` says whether trying again can help.
 * Source: draft-ietf-secsh-filexfer-02; PROTOCOL of OpenSSH, sections 4.3 and 4.7.
 */
export async function publish(document: InputDocument, options: PublisherOptions, context: ConnectorContext): Promise<Publication> {
  const path = remotePath(options.folder, document.name);
  const publishedAs = `${withBrackets(options.host)}:${path}`;
  const session = await sessionOf(options, context);
  try {
    const there = await statOf(session, path);
    if (there !== undefined && there !== 'unknown') {
      if (there.isDirectory()) throw folderThere(publishedAs);
      if (await holds(session, path, there, document)) return { outcome: 'unchanged', publishedAs };
      if (options.existing === 'keep') return { outcome: 'unchanged', publishedAs };
      if (options.existing === 'fail') throw occupied(publishedAs);
    }
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '';
    const mark = createHash('sha256').update(`${document.idempotencyKey} ${path}`).digest('hex').slice(0, 24);
    const temporary = joinPaths(parent, `${TEMPORARY}${mark}.part`);
    try {
      await inFolder(session, parent, () => withFile(session, temporary, 'w', (handle) => send(session, handle, document)));
      const taken = await putInPlace(session, temporary, path, options.existing === 'replace');
      if (!taken) {
        if (options.existing === 'fail') throw occupied(publishedAs);
        await remove(session, temporary);
        return { outcome: 'unchanged', publishedAs };
      }
    } catch (error) {
      if (session.isAlive()) await remove(session, temporary);
      throw error;
    }
    return { outcome: 'published', publishedAs };
  } catch (error) {
    context.signal.throwIfAborted();
    throw explain(error, {
      place: options,
      path,
      right: 'write and rename there',
      documentOnly: statusOf(error) === STATUS.failure,
    });
  }
}

async function send(session: Session, handle: Buffer, document: InputDocument): Promise<void> {
  const { sftp, call } = session;
  await writeAll(session, handle, documentBody(document));
  // On the disk of the server, where it can say so: what is published is not lost by a failure of power.
  await call<void>((done) => sftp.ext_openssh_fsync(handle, done)).catch(ignoreUnsupported);
  const written = await call<Stats>((done) => sftp.fstat(handle, done)).catch(ignoreUnsupported);
  if (written !== undefined && written.size !== document.size) {
    throw new ConnectorError('upstream_refused', `The server kept another number of bytes of “${document.name}” than it was sent.`, {
      remedy: 'Look whether the disk of the server is full, or a quota reached.',
      documentOnly: true,
    });
  }
}

/** The work, once more when the folder had to be made. */
async function inFolder(session: Session, folder: string, work: () => Promise<void>): Promise<void> {
  try {
    return await work();
  } catch (error) {
    const status = statusOf(error);
    if (folder === '' || session.folders.has(folder) || (status !== STATUS.noSuchFile && status !== STATUS.failure)) throw error;
    if (status === STATUS.failure && (await statOf(session, folder)) !== undefined) throw error;
  }
  await makeFolder(session, folder);
  await work();
}

async function makeFolder(session: Session, folder: string): Promise<void> {
  if (folder === '' || folder === '/' || session.folders.has(folder)) return;
  const { sftp, call } = session;
  if ((await statOf(session, folder)) === undefined) {
    await makeFolder(session, folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '');
    await call<void>((done) => sftp.mkdir(folder, done)).catch(async (error) => {
      // Somebody else was faster.
      if ((await statOf(session, folder)) === undefined) throw error;
    });
  }
  session.folders.add(folder);
}

/**
 * Whether it stands under the name now; `false`: another file does, and is not to be replaced.
 *
 * @throws ConnectorError `upstream_credentials` with `documentOnly` when the server replaces no file and the
 *   user may not delete the one that is there; else what the server says, or why the connection ended.
 */
export async function putInPlace(session: Session, from: string, to: string, replace: boolean): Promise<boolean> {
  const { sftp, call } = session;
  const rename = () => call<void>((done) => sftp.rename(from, to, done));
  if (replace) {
    try {
      // In one step, also over a file that is there.
      await call<void>((done) => sftp.ext_openssh_rename(from, to, done));
      return true;
    } catch (error) {
      ignoreUnsupported(error);
    }
  }
  try {
    await rename();
    return true;
  } catch (error) {
    if (statusOf(error) === undefined || (await statOf(session, to)) === undefined) throw error;
    if (!replace) return false;
  }
  // For a moment nothing stands under the name: the server cannot do better.
  await call<void>((done) => sftp.unlink(to, done)).catch((error) => {
    throw statusOf(error) === STATUS.permissionDenied ? mayNotDelete(to) : error;
  });
  await rename();
  return true;
}

async function holds(session: Session, path: string, { size }: Stats, document: InputDocument): Promise<boolean> {
  if (size !== document.size) return false;
  try {
    return await withFile(session, path, 'r', async (handle) => {
      const sha256 = createHash('sha256');
      for await (const piece of readAll(session, handle, size)) sha256.update(piece);
      return sha256.digest('hex') === document.sha256;
    });
  } catch (error) {
    // Who may only write cannot compare.
    if (statusOf(error) === STATUS.permissionDenied) return false;
    throw error;
  }
}

async function remove({ sftp, call }: Session, path: string): Promise<void> {
  await call<void>((done) => sftp.unlink(path, done)).catch(() => undefined);
}

function ignoreUnsupported(error: unknown): undefined {
  if (statusOf(error) === STATUS.unsupported) return;
  // What ssh2 throws when the server did not offer an extension.
  if (error instanceof Error && /does not support this extended request/.test(error.message)) return;
  throw error;
}

function occupied(publishedAs: string): ConnectorError {
  return new ConnectorError('upstream_refused', `A different document is there already: “${publishedAs}”.`, {
    remedy: 'Rename the document, choose another folder, or let the component replace what is there.',
    documentOnly: true,
  });
}

function mayNotDelete(path: string): ConnectorError {
  return new ConnectorError('upstream_credentials', `“${path}” is there, and this server replaces no file: the user may not delete it.`, {
    remedy: 'Let the user delete there too, or let the component keep what is there.',
    documentOnly: true,
  });
}

function folderThere(publishedAs: string): ConnectorError {
  return new ConnectorError('upstream_refused', `A folder has the name of the document: “${publishedAs}”.`, {
    remedy: 'Rename the document, or choose another folder.',
    documentOnly: true,
  });
}
