import {
  type ConnectorContext,
  ConnectorError,
  type DocumentBody,
  REFERENCE_MAXIMUM_CHARACTERS,
  type SourceDocument,
} from '@holdfast/connector';
import type { FileEntryWithStats, Stats } from 'ssh2';
import { explain, statusOf } from './failures.ts';
import { readAll } from './files.ts';
import type { SourceOptions } from './options.ts';
import { TEMPORARY } from './publish.ts';
import { documentName, joinPaths } from './remote-name.ts';
import { type Session, sessionOf } from './session.ts';

/** What one list gives at most: a folder that leads into itself ends here. */
const ENTRIES_MAXIMUM = 1_000_000;
/** In the paths of the folders that wait to be listed: a server may list only those, with long names. */
const WAITING_MAXIMUM_CHARACTERS = 16 * 1024 * 1024;
/** So many of a list have the time of a request together: each may be a folder, of three requests. */
const ENTRIES_IN_TIME = 250;
const END_OF_FILE = 1;

/**
 * The files below the folder, as deep as the options say, without links, and without files that a publisher
 * is writing. The server is asked for more of a folder when the caller asks for more.
 *
 * @throws ConnectorError `answer_invalid` for more than 1,000,000 entries, for folders that wait with more
 *   than 16 Mi characters in their paths, and for a name that no file can have; `option_invalid` without a
 *   host key, or for a private key that cannot be read; `upstream_credentials`, `upstream_not_found`,
 *   `upstream_refused`, or what `context.connect` throws; the reason of the context's signal.
 */
export async function* list(options: SourceOptions, context: ConnectorContext): AsyncGenerator<SourceDocument, void, undefined> {
  const session = await sessionOf(options, context);
  const folders: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  let seen = 0;
  let waitingCharacters = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    waitingCharacters -= folder.path.length;
    for await (const { filename, attrs } of entriesOf(session, folder.path, options, context)) {
      seen += 1;
      if (seen > ENTRIES_MAXIMUM) throw tooMany(options, 'More than 1,000,000 files');
      if (seen % ENTRIES_IN_TIME === 0) session.extend();
      const path = joinPaths(folder.path, filename);
      if (path.length > REFERENCE_MAXIMUM_CHARACTERS || filename.startsWith(TEMPORARY)) continue;
      if (attrs.isDirectory() && folder.depth < options.depth) {
        folders.push({ path, depth: folder.depth + 1 });
        waitingCharacters += path.length;
        if (waitingCharacters > WAITING_MAXIMUM_CHARACTERS) throw tooMany(options, 'Too many folders with long paths');
      }
      if (!attrs.isFile()) continue;
      yield {
        reference: path,
        name: documentName(path),
        contentType: 'application/octet-stream',
        size: attrs.size,
        version: `${attrs.mtime}-${attrs.size}`,
      };
    }
  }
}

/**
 * The bytes of one file.
 *
 * @throws ConnectorError with `documentOnly`: `upstream_not_found` when it is not there any more,
 *   `document_unsupported` for a reference that leads out of the folder, `upstream_credentials` when the user
 *   may not read it, `upstream_refused` when the server cannot. Else as {@link list}. Its body fails where it
 *   is read.
 */
export async function read(reference: string, options: SourceOptions, context: ConnectorContext): Promise<DocumentBody> {
  if (reference.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new ConnectorError('document_unsupported', `“${reference}” leads out of the folder.`, { documentOnly: true });
  }
  const session = await sessionOf(options, context);
  const { sftp, call } = session;
  const path = joinPaths(options.folder, reference);
  const failed = (error: unknown) => {
    context.signal.throwIfAborted();
    return explain(error, { place: options, path, right: 'read it', documentOnly: statusOf(error) !== undefined });
  };
  let handle: Buffer | undefined;
  try {
    handle = await call<Buffer>((done) => sftp.open(path, 'r', done));
    const { size } = await call<Stats>((done) => sftp.fstat(handle as Buffer, done));
    return { size, body: context.checked(bytesOf(session, handle, size, failed), reference) };
  } catch (error) {
    if (handle !== undefined) close(session, handle);
    throw failed(error);
  }
}

async function* bytesOf(session: Session, handle: Buffer, size: number, failed: (error: unknown) => Error) {
  try {
    yield* readAll(session, handle, size);
  } catch (error) {
    throw failed(error);
  } finally {
    close(session, handle);
  }
}

/** Nobody waits for it. */
function close({ sftp, call, isAlive }: Session, handle: Buffer): void {
  if (isAlive()) call<void>((done) => sftp.close(handle, done)).catch(() => undefined);
}

/**
 * Lists the folder, and reads the first byte of a file if there is one.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError as {@link list} and {@link read}.
 */
export async function checkSource(options: SourceOptions, context: ConnectorContext): Promise<string> {
  const shown = options.folder === '' ? 'The folder where the user arrives' : `The folder “${options.folder}”`;
  for await (const { reference, size = 0 } of list({ ...options, depth: 0 }, context)) {
    const { body } = await read(reference, options, context);
    if (size > 0) for await (const _ of body) break;
    return `The server shows the known host key and accepts the user. ${shown} can be listed, and what is there can be read.`;
  }
  return `The server shows the known host key and accepts the user. ${shown} can be listed. No document is there.`;
}

async function* entriesOf(
  session: Session,
  path: string,
  options: SourceOptions,
  context: ConnectorContext,
): AsyncGenerator<FileEntryWithStats, void, undefined> {
  const { sftp, call } = session;
  const folder = joinPaths(options.folder, path);
  let handle: Buffer | undefined;
  try {
    handle = await call<Buffer>((done) => sftp.opendir(folder === '' ? '.' : folder, done));
    for (;;) {
      const page = await nextPage(session, handle);
      if (page === undefined) return;
      for (const entry of page) {
        if (entry.filename === '.' || entry.filename === '..') continue;
        if (entry.filename === '' || entry.filename.includes('/')) throw climbing(options);
        yield entry;
      }
    }
  } catch (error) {
    context.signal.throwIfAborted();
    throw explain(error, { place: options, path: folder, right: 'list and read it' });
  } finally {
    if (handle !== undefined) close(session, handle);
  }
}

async function nextPage({ sftp, call }: Session, handle: Buffer): Promise<FileEntryWithStats[] | undefined> {
  try {
    return await call<FileEntryWithStats[]>((done) => sftp.readdir(handle as unknown as string, done));
  } catch (error) {
    if (statusOf(error) === END_OF_FILE) return undefined;
    throw error;
  }
}

function tooMany({ folder }: SourceOptions, what: string): ConnectorError {
  return new ConnectorError('answer_invalid', `${what} are below “${folder}”.`, {
    remedy: 'Choose a folder further down, or a smaller depth.',
  });
}

function climbing({ shown }: SourceOptions): ConnectorError {
  return new ConnectorError('answer_invalid', `The server at ${shown} lists a file with a name that no file can have.`, {
    remedy: 'Ask who runs the server.',
  });
}
