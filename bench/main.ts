import { startDurableServer } from './disk.ts';
import type { Comparison } from './measure.ts';
import type { StartFigures } from './start.ts';
import { tableOf, writeTable } from './table.ts';

/**
 * `npm run bench` measures everything and writes bench/README.md; `npm run bench -- sealing audit` only those
 * named, and writes nothing, unless `--write` stands among them.
 */
const ROOMS: Record<string, () => Promise<Comparison[]>> = {
  sealing: async () => (await import('./sealing.ts')).measureSealing(),
  audit: async () => (await import('./audit.ts')).measureAudit(),
  use: async () => (await import('./use.ts')).measureUse(),
  list: async () => (await import('./list.ts')).measureList(),
  documents: async () => (await import('./documents.ts')).measureDocuments(),
  'large-document': async () => (await import('./large-document.ts')).measureLargeDocument(),
  runs: async () => (await import('./runs.ts')).measureRuns(),
  secrets: async () => (await import('./secrets.ts')).measureSecrets(),
  redaction: async () => (await import('./redaction.ts')).measureRedaction(),
  growth: async () => (await import('./growth.ts')).measureGrowth(),
  openbao: async () => (await import('./openbao.ts')).measureOpenBao(),
  'growth-of-use': async () => (await import('./growth.ts')).measureGrowthOfUse(),
};

const asked = process.argv.slice(2).filter((word) => word !== '--write');
const write = asked.length === 0 || process.argv.includes('--write');
const unknown = asked.find((name) => name !== 'start' && !(name in ROOMS));
if (unknown !== undefined) {
  console.error(`There is nothing to measure under the name ${unknown}. There are: ${[...Object.keys(ROOMS), 'start'].join(', ')}.`);
  process.exit(2);
}
const wanted = (name: string) => asked.length === 0 || asked.includes(name);

await using _server = await startDurableServer();
const comparisons: Comparison[] = [];
for (const [name, measure] of Object.entries(ROOMS)) {
  if (!wanted(name)) continue;
  console.log(`${name} …`);
  comparisons.push(...(await measure()));
}
let start: StartFigures | undefined;
if (wanted('start')) start = await (await import('./start.ts')).measureStart();

if (write) await writeTable(comparisons, start);
else console.log(`\n${tableOf(comparisons, start)}`);
