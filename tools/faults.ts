import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FaultRecord, faultsPage } from './faults-page.ts';

/**
 * `npm run faults`: the tests of tests/faults in nightly sizes, and what they measured, into
 * docs/reference/faults.md. `--rounds 60` makes none of them larger than 60; each has an option of its own
 * too. Ends with code 1 when a test failed or an aim was missed.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const NIGHTLY = { kills: 1_000, 'worker-kills': 50, starts: 200, restarts: 100, 'plug-pulls': 200, 'disk-failures': 20 } as const;
type Size = keyof typeof NIGHTLY;
/** A process that was killed is replaced, and ready, within this. */
const READY_P99_MILLISECONDS = 5_000;
const FILES = ['tests/faults/**/*.test.ts', 'launcher/database/database-process.test.ts'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    ...(Object.fromEntries(Object.keys(NIGHTLY).map((name) => [name, { type: 'string' }])) as Record<Size, { type: 'string' }>),
  },
});

function sizeOf(name: Size): number {
  const text = values[name] ?? values.rounds;
  if (text === undefined) return NIGHTLY[name];
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`--${values[name] === undefined ? 'rounds' : name} takes a number of 1 or more.`);
  return values[name] === undefined ? Math.min(NIGHTLY[name], Number(text)) : Number(text);
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-faults-'));
const figuresFile = join(folder, 'figures');
const sizes = (Object.keys(NIGHTLY) as Size[]).map((name) => [name, sizeOf(name)] as const);
const kept = Object.entries(process.env).filter(([name]) => !/^(?:HOLDFAST_|DATABASE_URL|NODE_TEST_|NODE_OPTIONS$|npm_)/.test(name));
const files = FILES.flatMap((pattern) => globSync(pattern, { cwd: root })).filter((file) => file.includes(values.only ?? ''));

const began = Date.now();
const child = spawn(
  process.execPath,
  ['--test', '--test-concurrency=1', '--test-timeout=86400000', '--test-reporter=spec', ...files.sort()],
  {
    cwd: root,
    env: {
      ...Object.fromEntries(kept),
      NO_COLOR: '1',
      NODE_NO_WARNINGS: '1',
      PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
      ...Object.fromEntries(sizes.map(([name, count]) => [`FAULTS_${name.toUpperCase().replaceAll('-', '_')}`, String(count)])),
      FAULTS_FIGURES: figuresFile,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
let report = '';
child.stdout.on('data', (chunk: Buffer) => {
  process.stdout.write(chunk);
  report += chunk.toString();
});
const [code] = (await once(child, 'close')) as [number | null];

const records = existsSync(figuresFile)
  ? readFileSync(figuresFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FaultRecord)
  : [];
rmSync(folder, { recursive: true, force: true });
const count = (name: string): number => Number(new RegExp(`^ℹ ${name} (\\d+)$`, 'm').exec(report)?.[1] ?? 0);
const slow = records.filter(({ figures }) => Number(figures['ready again p99 (ms)'] ?? 0) > READY_P99_MILLISECONDS);
const [processor] = cpus();
writeFileSync(
  join(root, 'docs', 'reference', 'faults.md'),
  faultsPage({
    date: new Date(began).toISOString().slice(0, 10),
    minutes: Math.round((Date.now() - began) / 6_000) / 10,
    machine: `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 1_073_741_824)} GiB, ${process.platform} ${release()}, Node ${process.versions.node}`,
    load: Math.round((loadavg()[2] ?? 0) * 10) / 10,
    sizes: sizes.map(([name, number]) => `${name} ${number}`).join(', '),
    passed: count('pass'),
    failed: count('fail'),
    skipped: [...report.matchAll(/^\s*﹣ (.+?) \([\d.]+ms\) # (.+)$/gm)].map(([, name = '', reason = '']) => `${name}: ${reason}`),
    aimMissed: slow.map(({ fault }) => `${fault}: ready again later than ${READY_P99_MILLISECONDS / 1000} s in more than 1 of 100`),
    records,
  }),
);
console.log('docs/reference/faults.md is written.');
for (const { fault } of slow) console.log(`Aim missed: ${fault}, p99 above ${READY_P99_MILLISECONDS} ms.`);
process.exitCode = code === 0 && slow.length === 0 ? 0 : 1;
