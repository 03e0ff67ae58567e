import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type OutputChunk, type RolldownPluginOption, rolldown } from 'rolldown';
import { commandLines } from '../planes/running-programs.ts';
import {
  COMPILED_FORMAT,
  type CompiledManifest,
  digestOf,
  findCompiled,
  manifestPath,
  PROGRAMS,
  type Program,
  stampOf,
} from './compiled.mjs';

/**
 * Makes the compiled copies that are not there or are of other sources: `node launcher/programs/compile.ts
 * [commands] [control] [data]`. Each plane has its own, with what it needs and nothing of the other's.
 */

const REPOSITORY = join(import.meta.dirname, '..', '..');
const DIST = join(REPOSITORY, 'dist');
const CONFINED = {
  'end-with-launcher': 'packages/service/end-with-launcher.ts',
  confine: 'packages/service/confine.ts',
};
const ENTRIES: Readonly<Record<Program, Readonly<Record<string, string>>>> = {
  commands: { main: 'bin/main.ts' },
  control: { main: 'control/main.ts', ...CONFINED },
  data: { main: 'data/main.ts', 'check-restored': 'data/check-restored.ts', ...CONFINED },
};
/** What else decides how a copy looks: which packages are installed, and how they are put together. */
const ALSO_INPUTS = ['package-lock.json', 'launcher/programs/compiled.mjs', 'launcher/programs/compile.ts'];
/**
 * What is asked for only where it is there: pg's native bindings, which are not installed, and the
 * processor's features for ssh2, whose native half is not built.
 */
const EXTERNAL = ['pg-native', 'cpu-features'];
/** The one has it in a comment; the other looks from there for a canvas, which is not installed. */
const ASKS_FOR_NOTHING = /\/(?:commander\/lib\/command\.js|unpdf\/dist\/pdfjs\.mjs)$/;
/**
 * Of packages in CommonJS, whose `__dirname` a copy, being an ES module, does not have: ssh2 reads it when it
 * is loaded, and pino where it would start threads. Nothing lies there: what is asked for is not found.
 */
const NAMES_FOLDER = /\b__dirname\b/g;
const DECLARES_FOLDER = /\b(?:const|let|var)\s+__dirname\b/;
const NOWHERE = '/not-in-a-compiled-copy';
/** Former copies that are kept, for a launcher of theirs that still runs. */
const KEPT = 3;
const TRIES = 3;

/**
 * Files that lie beside a source (SQL, a shell script, package.json) stay where they are: what the source
 * says about its own place is written as seen from the copy.
 */
function keepPlaces(folder: string): RolldownPluginOption {
  return {
    name: 'keep-places',
    transform(code, id) {
      if (id.startsWith('\0')) return;
      if (id.includes(`${sep}node_modules${sep}`) && code.search(NAMES_FOLDER) >= 0 && !DECLARES_FOLDER.test(code)) {
        return code.replaceAll(NAMES_FOLDER, JSON.stringify(NOWHERE));
      }
      if (!/\bimport\.meta\.(?:url|dirname|filename)\b/.test(code)) return;
      const [own, ownFolder] = [relative(folder, id), relative(folder, dirname(id))];
      if (id.includes(`${sep}node_modules${sep}`)) {
        if (!ASKS_FOR_NOTHING.test(id)) throw new Error(`${id} asks where it lies, which is not so in a copy.`);
        return;
      }
      return code
        .replaceAll(/new URL\('(\.[^']+)\.ts', import\.meta\.url\)/g, (_, source: string) => {
          // A thread's program: one more file of the copy.
          const fileName = `${basename(source)}.mjs`;
          this.emitFile({ type: 'chunk', id: join(dirname(id), `${source}.ts`), fileName });
          return `new URL(${JSON.stringify(`./${fileName}`)}, import.meta['url'])`;
        })
        .replaceAll('import.meta.dirname', `(import.meta.dirname + ${JSON.stringify(`/${ownFolder}`)})`)
        .replaceAll('import.meta.url', `new URL(${JSON.stringify(own)}, import.meta.url).href`);
    },
  };
}

async function compile(program: Program): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const began = Date.now();
    // Of any name: all are of one length, and paths out of them are the same.
    const bundle = await rolldown({
      cwd: REPOSITORY,
      input: { ...ENTRIES[program] },
      platform: 'node',
      external: EXTERNAL,
      plugins: [keepPlaces(join(DIST, program))],
      onLog(level, log) {
        if (level === 'warn') throw new Error(log.message);
      },
    });
    const { output } = await bundle.generate({ format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
    const watched = (await bundle.watchFiles).map((path) => relative(REPOSITORY, path));
    await bundle.close();
    const sources = watched.filter((path) => !path.startsWith('..'));
    const paths = [...new Set([...sources, ...sources.flatMap(packageOf), ...ALSO_INPUTS])].sort();
    const inputs = paths.map((path) => {
      const facts = lstatSync(join(REPOSITORY, path));
      return { path, stamp: stampOf(facts), changed: facts.ctimeMs, digest: digestOf(readFileSync(join(REPOSITORY, path))) };
    });
    const changed = inputs.find((input) => input.changed >= began - 20);
    if (changed !== undefined) {
      if (tries === TRIES) throw new Error(`${changed.path} changes while it is compiled.`);
      continue;
    }
    const chunks = output.filter((part): part is OutputChunk => part.type === 'chunk');
    const outputs = chunks.map(({ fileName, code }) => [fileName, digestOf(code)] as const);
    const folder = `${program}-${digestOf(JSON.stringify(outputs)).slice(0, 16)}`;
    place(folder, chunks);
    const manifest: CompiledManifest = {
      format: COMPILED_FORMAT,
      folder,
      inputs: inputs.map(({ path, stamp, digest }) => [path, stamp, digest]),
      outputs,
    };
    const partial = `${manifestPath(REPOSITORY, program)}.${process.pid}`;
    writeFileSync(partial, JSON.stringify(manifest), { mode: 0o644 });
    giveToOwner(partial);
    renameSync(partial, manifestPath(REPOSITORY, program));
    if (findCompiled(REPOSITORY, program) === undefined) throw new Error(`${join(DIST, folder)} is not what was written.`);
    removeFormer(program, folder);
    return;
  }
}

/**
 * The package.json of our own source: it says what the file may be left out for, and by what names it is
 * found.
 */
function packageOf(source: string): string[] {
  if (source.includes('node_modules')) return [];
  for (let folder = dirname(source); folder !== '.'; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(join(REPOSITORY, path))) return [path];
  }
  return [];
}

/**
 * Complete or not there. Another process may do the same at the same time, and one may run from it already:
 * what is right stays as it is.
 */
function place(name: string, chunks: readonly OutputChunk[]): void {
  const folder = join(DIST, name);
  const isComplete = () =>
    chunks.every(({ fileName, code }) => {
      const file = join(folder, fileName);
      return existsSync(file) && readFileSync(file, 'utf8') === code;
    });
  if (isComplete()) return;
  const partial = join(DIST, `.${name}.${process.pid}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o755 });
  for (const { fileName, code } of chunks) writeFileSync(join(partial, fileName), code, { mode: 0o644 });
  for (const path of [partial, ...chunks.map(({ fileName }) => join(partial, fileName))]) giveToOwner(path);
  if (existsSync(folder) && !isComplete()) rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!isComplete()) throw error;
  }
}

/** Made by root in somebody's clone, it is theirs, so that they can make the next one. */
function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = lstatSync(import.meta.filename);
  chownSync(path, uid, gid);
}

function removeFormer(program: Program, current: string): void {
  const running = commandLines();
  const former = readdirSync(DIST)
    .filter((name) => name !== current && new RegExp(`^${program}-[0-9a-f]{16}$`).test(name))
    .map((name) => ({ path: join(DIST, name), changed: statSync(join(DIST, name)).mtimeMs }))
    .sort((one, other) => other.changed - one.changed);
  for (const { path } of former.slice(KEPT)) {
    if (!running.some((line) => line.includes(`${path}/`))) rmSync(path, { recursive: true, force: true });
  }
}

process.umask(0o022);
const asked = process.argv.slice(2) as Program[];
try {
  mkdirSync(DIST, { recursive: true });
  giveToOwner(DIST);
  for (const program of asked.length > 0 ? asked : PROGRAMS) {
    if (findCompiled(REPOSITORY, program) === undefined) await compile(program);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
