import { type ChildProcess, spawn } from 'node:child_process';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ServerKind, STAGES, type Stage } from './test-stages.ts';

/**
 * `npm test` runs every stage; `npm test -- unit lint` only those named; `npm test -- control/secrets` only
 * the test files whose path holds the words; `--databases` runs those on every PostgreSQL. Ends with code 1
 * when anything failed.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const children = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
    process.exitCode = 130;
    setTimeout(() => process.exit(130), 5_000).unref();
  });
}

/** A clean environment: what the person has set for their own instance must not reach the tests. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:HOLDFAST_|DATABASE_URL|NODE_TEST_|NODE_OPTIONS$|npm_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
    NO_COLOR: '1',
    // Hundreds of processes load the same modules: types are stripped and code is compiled once.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'tests'),
    ...more,
  };
}

async function run(command: readonly string[], more: Readonly<Record<string, string>>, onLine: (line: string) => void): Promise<number> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, { cwd: root, env: environment(more), stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  const code = await ended;
  children.delete(child);
  return code;
}

async function runCommand(command: readonly string[]): Promise<Counts> {
  const lines: string[] = [];
  const code = await run(command, {}, (line) => lines.push(line));
  if (code !== 0) console.log(lines.slice(-200).join('\n'));
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function runTests(
  stage: Extract<Stage, { files: unknown }>,
  files: readonly string[],
  more: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<Counts> {
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const code = await run(
    [
      'node',
      '--test',
      `--test-concurrency=${stage.concurrency}`,
      `--test-timeout=${stage.timeoutSeconds * 1000}`,
      '--test-reporter=./tools/test-report.ts',
      '--test-reporter-destination=stdout',
      ...files,
    ],
    more,
    (line) => {
      if (line.startsWith('counts ')) counts = JSON.parse(line.slice('counts '.length)) as Counts;
      else say(line);
    },
  );
  // A test runner that ended badly without naming a test has failed all the same.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function testFiles(stage: Extract<Stage, { files: unknown }>, words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const exclude = (path: string) => path.includes('node_modules') || path.includes('/dist/');
  for await (const path of glob([...stage.files], { cwd: root, exclude })) found.push(path);
  const asked = [...new Set(found)].filter((path) => words.length === 0 || words.some((word) => path.includes(word))).sort();
  const isLong = (path: string) => stage.longest?.some((word) => path.includes(word)) === true;
  return [...asked.filter(isLong), ...asked.filter((path) => !isLong(path))];
}

function seconds(since: number): string {
  const total = (performance.now() - since) / 1000;
  return total < 60 ? `${total.toFixed(1)} s` : `${Math.floor(total / 60)} min ${Math.round(total % 60)} s`;
}

const asked = process.argv.slice(2);
const names = asked.filter((word) => STAGES.some((stage) => stage.name === word));
if (asked.includes('--databases')) names.push(...STAGES.filter(({ server }) => server !== undefined).map(({ name }) => name));
const words = asked.filter((word) => !names.includes(word) && !word.startsWith('--'));
const began = performance.now();
const totals: Counts = { passed: 0, failed: 0, skipped: 0 };
const failedStages: string[] = [];
await using database = new AsyncDisposableStack();
let databaseVariables: Promise<Readonly<Record<string, string>>> | undefined;

interface Planned {
  readonly stage: Stage;
  readonly files: readonly string[];
}

const planned: Planned[] = [];
for (const stage of STAGES) {
  if (names.length > 0 && !names.includes(stage.name)) continue;
  // Words choose test files on the server that comes with Holdfast.
  if (names.length === 0 && (stage.onlyWhenNamed || (words.length > 0 && stage.server))) continue;
  // Words choose among files; a stage without files has nothing to offer then.
  if (names.length === 0 && words.length > 0 && 'command' in stage) continue;
  const files = 'files' in stage ? await testFiles(stage, words) : [];
  if ('command' in stage || files.length > 0) planned.push({ stage, files });
}

// Commands first: they end at once when something is wrong. Then the stages that mostly wait, beside those
// that mostly compute.
await runInTurn(
  planned.filter(({ stage }) => 'command' in stage),
  (_stage, line) => console.log(line),
);
const withFiles = planned.filter(({ stage }) => 'files' in stage);
const beside = withFiles.filter(({ stage }) => stage.beside === true);
const others = withFiles.filter(({ stage }) => stage.beside !== true);
const sayOf = (stage: Stage, line: string) => console.log(beside.length > 0 && others.length > 0 ? `${stage.name} │ ${line}` : line);
await Promise.all([runInTurn(others, sayOf), runInTurn(beside, sayOf)]);

async function runInTurn(stages: readonly Planned[], sayOf: (stage: Stage, line: string) => void): Promise<void> {
  for (const { stage, files } of stages) {
    if (process.exitCode === 130) return;
    const stageBegan = performance.now();
    const say = (line: string) => sayOf(stage, line);
    say(`${stage.name}: ${stage.says}${files.length > 0 ? ` (${files.length} files)` : ''}`);
    const counts = await runStage(stage, files, say);
    totals.passed += counts.passed;
    totals.failed += counts.failed;
    totals.skipped += counts.skipped;
    if (counts.failed > 0) failedStages.push(stage.name);
    say(`  ${counts.failed > 0 ? '✖ failed' : '✔'} after ${seconds(stageBegan)}\n`);
  }
}

async function runStage(stage: Stage, files: readonly string[], say: (line: string) => void): Promise<Counts> {
  if ('command' in stage) return runCommand(stage.command);
  await using ownServer = new AsyncDisposableStack();
  if (stage.needsDatabase && !stage.server) databaseVariables ??= startTestDatabaseServer(database);
  const variables = stage.server ? await startTestDatabaseServer(ownServer, stage.server) : await databaseVariables;
  // Its own server stops when this function is left.
  return await runTests(stage, files, (stage.needsDatabase && variables) || {}, say);
}

/** One PostgreSQL for all test processes; each test file makes its own database in it. */
async function startTestDatabaseServer(until: AsyncDisposableStack, kind?: ServerKind): Promise<Readonly<Record<string, string>>> {
  const { startTestServer } = await import('@holdfast/db/testing');
  const server = await startTestServer(kind);
  until.defer(() => server.stop());
  return server.variables;
}

const skippedNote = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
if (failedStages.length > 0) console.log(`Failed: ${failedStages.join(', ')}. Again with: npm test -- ${failedStages.join(' ')}`);
console.log(`${totals.passed} passed, ${totals.failed} failed${skippedNote} in ${seconds(began)}`);
if (totals.failed > 0 || totals.passed === 0) process.exitCode ||= 1;
