// Plain JavaScript, since what runs on any Node ≥ 20 asks it, before anything of ours is loaded.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A compiled copy is one program as a few files: types are stripped, the packages that it needs are in it,
 * and no other file of node_modules is read. `dist/<program>.json` says in which folder of dist the copy
 * lies, which files it was made of, and which it consists of, each with its SHA-256. It is used only while
 * all of that is so.
 */
export const COMPILED_FORMAT = 1;
/** `commands` is what `holdfast` itself runs: launcher and client. */
export const PROGRAMS = ['commands', 'control', 'data'];

const OUTPUT_NAME = /^[\w.-]+\.mjs$/;

/** The file that describes a program's copy. */
export function manifestPath(repository, program) {
  return join(repository, 'dist', `${program}.json`);
}

/** What tells that a file has not been touched, without reading it. */
export function stampOf(facts) {
  return `${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}`;
}

export function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * @returns the folder of the copy, when it is whole and made of the sources as they are now; otherwise
 * undefined, and the sources, or a new copy, are to be used.
 */
export function findCompiled(repository, program) {
  try {
    const path = manifestPath(repository, program);
    const isTrusted = trust(repository);
    if (!isTrusted(join(repository, 'dist'), 'directory') || !isTrusted(path, 'file')) return undefined;
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    if (manifest.format !== COMPILED_FORMAT || !new RegExp(`^${program}-[0-9a-f]{16}$`).test(manifest.folder)) return undefined;
    const folder = join(repository, 'dist', manifest.folder);
    if (!isTrusted(folder, 'directory')) return undefined;
    for (const [name, digest] of manifest.outputs) {
      const file = join(folder, name);
      if (!OUTPUT_NAME.test(name) || !isTrusted(file, 'file') || digestOf(readFileSync(file)) !== digest) return undefined;
    }
    const touched = manifest.inputs.filter((input) => stampOf(lstatSync(join(repository, input[0]))) !== input[1]);
    for (const input of touched) {
      const file = join(repository, input[0]);
      const stamp = stampOf(lstatSync(file));
      if (digestOf(readFileSync(file)) !== input[2]) return undefined;
      input[1] = stamp;
    }
    if (touched.length > 0) tryToReplace(path, JSON.stringify(manifest));
    return folder;
  } catch {
    // Not there, or not to be understood: the same to us.
    return undefined;
  }
}

/**
 * The copy decides what runs, as the sources do. So it must belong to the account that they belong to, to
 * root or to us, and must not be writable for more accounts than they are.
 */
function trust(repository) {
  const source = lstatSync(join(repository, 'bin', 'main.ts'));
  const owners = new Set([source.uid, 0, process.getuid?.() ?? source.uid]);
  return (path, kind) => {
    const facts = lstatSync(path);
    const isKind = kind === 'file' ? facts.isFile() : facts.isDirectory();
    return isKind && owners.has(facts.uid) && (facts.mode & 0o022 & ~source.mode) === 0;
  };
}

function tryToReplace(path, text) {
  try {
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, text, { mode: 0o644 });
    renameSync(partial, path);
  } catch {
    // Then the same files are read again next time.
  }
}

/**
 * Makes the copies that are not there or are of other sources, in a process of its own, which takes its
 * memory with it. To look at a copy is to read all of it: each is looked at once.
 *
 * @returns the folders of the copies, by program; what went wrong, or undefined.
 */
export async function compileWhenNeeded(repository, programs, node, onStart) {
  const find = (wanted) => wanted.map((program) => [program, findCompiled(repository, program)]);
  const folders = new Map(find(programs));
  const wanted = programs.filter((program) => folders.get(program) === undefined);
  if (wanted.length === 0) return { folders, failure: undefined };
  onStart();
  const child = spawn(node, [join(repository, 'launcher', 'programs', 'compile.ts'), ...wanted], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output = (output + chunk).slice(-3_000);
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for (const [program, folder] of find(wanted)) folders.set(program, folder);
  return { folders, failure: code === 0 ? undefined : output.trim() || `The compiler ended with code ${code}.` };
}
