import { join } from 'node:path';
import { EXAMPLES } from '../../examples/index.ts';
import { repository } from '../harness/instance.ts';

/**
 * `npm run try`: Holdfast with every example set up in one organization. `-- NAME …`: with these examples
 * alone. `-- empty`: with nothing set up, a local Azure Blob emulator and sample documents. Everything lies
 * in `.try`, and is found again the next time.
 */

const words = process.argv.slice(2);
const unknown = words.filter((word) => word !== 'empty' && EXAMPLES.every(({ name }) => name !== word));
if (unknown.length > 0 || (words.includes('empty') && words.length > 1)) {
  console.error(
    `npm run try [-- empty | NAME …], where NAME is one of:\n${EXAMPLES.map(({ name, use }) => `  ${name.padEnd(26)}${use}`).join('\n')}`,
  );
  process.exit(2);
}
if (words.includes('empty')) {
  await import('./empty.ts');
} else {
  const { runExamples } = await import('./run-examples.ts');
  const chosen = words.length === 0 ? EXAMPLES : EXAMPLES.filter(({ name }) => words.includes(name));
  process.exitCode = await runExamples(join(repository, '.try', 'examples'), chosen);
}
