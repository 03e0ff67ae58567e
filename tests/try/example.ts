import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXAMPLES } from '../../examples/index.ts';
import { runExamples } from './run-examples.ts';

/**
 * `npm run example -- NAME`: one example on an instance of its own, in a temporary folder that goes with it.
 * `--home FOLDER` keeps everything there.
 */

const { values, positionals } = parseArgs({ options: { home: { type: 'string' } }, allowPositionals: true });
const example = EXAMPLES.find(({ name }) => name === positionals[0]);
if (example === undefined || positionals.length !== 1) {
  console.error(
    `npm run example -- NAME [--home FOLDER], where NAME is one of:\n${EXAMPLES.map(({ name, use }) => `  ${name.padEnd(26)}${use}`).join('\n')}`,
  );
  process.exit(2);
}
const folder = values.home === undefined ? await mkdtemp(join(tmpdir(), 'holdfast-example-')) : resolve(values.home);
try {
  process.exitCode = await runExamples(folder, [example]);
} finally {
  if (values.home === undefined) await rm(folder, { recursive: true, force: true });
}
