// Runs after each installation: takes away what packages bring beside what is run, a third of what is
// installed to run Holdfast. Nothing here compiles against Node's headers, steps through a library in a
// debugger, builds it for another platform than Node, or reads types for TypeScript 3.4 or for `require`.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE_MAP = /\.[cm]?(?:js|ts|css)\.map$/;
/** By package: the program of Node comes with headers and manuals, libraries with their own sources. */
const FOLDERS = [
  [/^node\/node_modules\/node-(?!bin-setup)[^/]+$/, ['include', 'share', 'CHANGELOG.md']],
  [/^(?:openai|zod|@anthropic-ai\/sdk|apache-arrow)$/, ['src']],
  // Sources of optional native code, which is not built, and tests.
  [/^(?:cpu-features|nan|ssh2)$/, ['deps', 'src', 'test', 'examples']],
  [/^@(?:azure|typespec)\/[^/]+$/, ['dist/browser', 'dist/react-native', 'dist/workerd']],
  [/^@(?:aws-sdk|smithy)\/[^/]+$/, ['dist-types/ts3.4']],
  // Its manifest names a version of its own of the types of Node.
  [/^apache-arrow\/node_modules$/, ['@types']],
];
/**
 * Packages whose types are there twice, `a.d.ts` for `require` beside `a.d.mts` for `import`. The modules
 * themselves are not taken: some of one kind load some of the other.
 */
const TWICE = /^(?:openai|@anthropic-ai\/sdk)\//;

/** What is not needed of the packages in a node_modules folder, as far as it is there. */
export function notNeeded(nodeModules) {
  const found = [];
  function visit(folder, within) {
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = new Set(entries.map(({ name }) => name));
    const isTwice = (name) => TWICE.test(within) && name.endsWith('.d.ts') && names.has(name.replace(/ts$/, 'mts'));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      // Not through links, which lead to the workspaces.
      if (entry.isDirectory()) visit(path, `${within}${entry.name}/`);
      else if (entry.isFile() && (SOURCE_MAP.test(entry.name) || isTwice(entry.name))) found.push(path);
    }
    const [, beside = []] = FOLDERS.find(([name]) => name.test(within.slice(0, -1))) ?? [];
    for (const name of beside) if (isThere(join(folder, name))) found.push(join(folder, name));
  }
  if (isThere(nodeModules)) visit(nodeModules, '');
  return found;
}

/** Takes it away. */
export function trimPackages(nodeModules) {
  for (const path of notNeeded(nodeModules)) rmSync(path, { recursive: true, force: true });
}

function isThere(path) {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  trimPackages(join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules'));
}
