import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';

/** Source text by path from the repository's root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

/** What one file imports: a file of the repository, a package from outside, or a part of Node. */
export type Import =
  | { kind: 'file'; path: string }
  | { kind: 'package'; name: string; specifier: string }
  /** `names` are those that exist at run time; `undefined` stands for all of them. */
  | { kind: 'builtin'; name: string; names: readonly string[] | undefined }
  | { kind: 'unknown'; expression: string };

export interface Workspace {
  /** Folder from the root: `packages/seal`. */
  folder: string;
  name: string;
  /** What runs with it; not what only its tests need. */
  dependencies: readonly string[];
  exports: Readonly<Record<string, string>>;
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.holdfast', '.try']);
const SOURCE = /\.(?:ts|tsx|mts|mjs|js)$/;

export async function readSources(root: string, folder = ''): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) {
      for (const [inner, text] of await readSources(root, path)) sources.set(inner, text);
    } else if (entry.isFile() && SOURCE.test(entry.name)) {
      sources.set(path, await readFile(join(root, path), 'utf8'));
    }
  }
  return sources;
}

export async function readWorkspaces(root: string): Promise<Workspace[]> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    workspaces: string[];
    devDependencies: Record<string, string>;
  };
  // What only tests and measures hangs on the root as a folder, so that it is left out where only what runs
  // is installed.
  const folders = Object.values(manifest.devDependencies).flatMap((place) => /^file:(.*)$/.exec(place)?.[1] ?? []);
  for (const pattern of manifest.workspaces) {
    if (!pattern.endsWith('/*')) folders.push(pattern);
    else folders.push(...(await readdir(join(root, pattern.slice(0, -2)))).map((name) => pattern.slice(0, -1) + name));
  }
  return Promise.all(
    folders.map(async (folder) => {
      const own = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as {
        name: string;
        exports?: Record<string, string>;
        dependencies?: object;
        optionalDependencies?: object;
        devDependencies?: object;
      };
      // The console is built once, and needs none of its packages to be served. The launcher compiles the
      // planes; that what compiles is in no compiled copy, launcher/programs/compiled.test.ts says.
      const needed = {
        ...(folder !== 'console' && own.dependencies),
        ...(['console', 'launcher'].includes(folder) && own.devDependencies),
      };
      const dependencies = Object.keys({ ...needed, ...own.optionalDependencies });
      return { folder, name: own.name, dependencies, exports: own.exports ?? {} };
    }),
  );
}

const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s+(?<type>type\s+)?(?:(?<clause>[\w$*{}\s,]+?)\s+from\s+)?(?<quote>['"])(?<static>[^'"\n]+)\k<quote>|(?<![\w$.])(?:import|require)\s*\(\s*(?:(?<mark>['"`])(?<dynamic>[^'"`\n$]+)\k<mark>|(?<unknown>[^)\n]{0,80}))/g;

/** An import as it is written: where from and which names, or an expression that nobody can follow. */
export interface WrittenImport {
  specifier?: string;
  unknown?: string;
  names?: readonly string[] | undefined;
}

/**
 * Every import of a text: static, re-exporting, dynamic, `require`; types as well, since a type is knowledge
 * too.
 */
export function importsOf(source: string): WrittenImport[] {
  const found: WrittenImport[] = [];
  for (const match of withoutComments(source).matchAll(IMPORT)) {
    const specifier = match.groups?.static ?? match.groups?.dynamic;
    if (specifier) found.push({ specifier, names: namesOf(match.groups?.type, match.groups?.clause) });
    else found.push({ unknown: (match.groups?.unknown ?? '').trim() });
  }
  return found;
}

/** What a clause such as `{ isIP, type Socket }` brings in at run time. */
function namesOf(type: string | undefined, clause: string | undefined): string[] | undefined {
  if (type !== undefined) return [];
  const braces = /^\{([^}]*)\}$/.exec(clause?.trim() ?? '')?.[1];
  if (braces === undefined) return undefined;
  const names = braces.split(',').map((part) => part.trim());
  return names.filter((name) => name !== '' && !name.startsWith('type ')).map((name) => name.split(/\s+as\s+/)[0] ?? name);
}

/**
 * Comments hold examples, which are not imports. Only those that fill whole lines, so that `//` in a URL
 * stays.
 */
export function withoutComments(source: string): string {
  return source.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replace(/^[ \t]*\/\/.*$/gm, '');
}

/** The package that a specifier names: `@aws-sdk/client-s3/dist` → `@aws-sdk/client-s3`. */
export function packageOf(specifier: string): string {
  const [scope = '', rest = ''] = specifier.split('/');
  return specifier.startsWith('@') ? `${scope}/${rest}` : scope;
}

export function resolveImport(
  from: string,
  { specifier, names }: { specifier: string; names?: readonly string[] | undefined },
  sources: Sources,
  workspaces: readonly Workspace[],
): Import {
  if (specifier.startsWith('.')) {
    const path = posix.join(dirname(from), specifier.replace(/\?.*$/, ''));
    const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`];
    return { kind: 'file', path: candidates.find((candidate) => sources.has(candidate)) ?? path };
  }
  if (isBuiltin(specifier)) return { kind: 'builtin', name: specifier.replace(/^node:/, ''), names };
  const name = packageOf(specifier);
  const workspace = workspaces.find((candidate) => candidate.name === name);
  if (!workspace) return { kind: 'package', name, specifier };
  const target = workspace.exports[`.${specifier.slice(name.length)}`];
  // A path that the package does not export cannot be loaded; name it so that the reader sees which.
  return { kind: 'file', path: target ? posix.join(workspace.folder, target) : `${workspace.folder}/(not exported: ${specifier})` };
}

/** For each file, what it imports. */
export function importGraph(sources: Sources, workspaces: readonly Workspace[]): Map<string, Import[]> {
  return new Map(
    [...sources].map(([path, text]) => [
      path,
      importsOf(text).map(
        ({ specifier, names, unknown }): Import =>
          specifier === undefined
            ? { kind: 'unknown', expression: unknown ?? '' }
            : resolveImport(path, { specifier, names }, sources, workspaces),
      ),
    ]),
  );
}

/** A shortest chain of imports from any of the files to one that satisfies the question, or undefined. */
export function findPath(
  graph: ReadonlyMap<string, readonly Import[]>,
  from: readonly string[],
  reached: (path: string) => boolean,
): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>(from.map((path) => [path, undefined]));
  for (const path of cameFrom.keys()) {
    if (reached(path)) {
      const chain: string[] = [];
      for (let step: string | undefined = path; step !== undefined; step = cameFrom.get(step)) chain.unshift(step);
      return chain;
    }
    for (const imported of graph.get(path) ?? []) {
      if (imported.kind === 'file' && !cameFrom.has(imported.path)) cameFrom.set(imported.path, path);
    }
  }
  return undefined;
}
