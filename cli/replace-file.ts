import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  createWriteStream,
  lstatSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a file of a person so that it has its former text or the new one, whole, also when the disk is full.
 * A link stays one, and a file keeps its mode. What is no file, such as /dev/stdout, is written to.
 */
export function replaceFile(path: string, text: string): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!isReplaceable(path, facts)) {
    writeFileSync(path, text);
    return;
  }
  const { place, partial } = placesOf(path, facts);
  try {
    writeFileSync(partial, text, { flag: 'wx', mode: facts === undefined ? 0o666 : facts.mode & 0o777 });
    // The umask took bits from it.
    if (facts !== undefined) chmodSync(partial, facts.mode & 0o777);
    renameSync(partial, place);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** The same of what comes piece by piece; a file is for its owner alone. */
export async function replaceFileWith(path: string, source: AsyncIterable<Uint8Array | string> | Iterable<string>): Promise<void> {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!isReplaceable(path, facts)) return pipeline(source, createWriteStream(path));
  const { place, partial } = placesOf(path, facts);
  try {
    await pipeline(source, createWriteStream(partial, { flags: 'wx', mode: 0o600 }));
    renameSync(partial, place);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** @param facts of what is there; `undefined` for nothing. */
function isReplaceable(path: string, facts: Stats | undefined): boolean {
  return facts === undefined || (facts.isFile() && !/^\/dev\/(?:stdout|stderr|fd\/\d+)$/.test(path));
}

function placesOf(path: string, facts: Stats | undefined): { readonly place: string; readonly partial: string } {
  const place = facts === undefined ? targetOf(path) : realpathSync(path);
  return { place, partial: `${place}.${randomBytes(4).toString('hex')}.part` };
}

/** Of a link that leads to nothing yet, where it leads: the file is made there, as it is by writing. */
function targetOf(path: string): string {
  let place = path;
  for (let links = 0; links < MOST_LINKS && lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink(); links += 1) {
    // The folder of a link may be one, too.
    place = resolve(realpathSync(dirname(place)), readlinkSync(place));
  }
  return place;
}

/** As many as Linux follows. One that leads back to itself is refused by the file system before. */
const MOST_LINKS = 40;
