import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { testFolder } from './test-folder.ts';
import { inGroups, inOrder, type Queued, runQueue } from './test-queue.ts';
import { computedSeconds, type FileResult, RESULT } from './test-report.ts';
import { type CommandStage, type FileStage, type ServerKind, STAGES, type Stage } from './test-stages.ts';

/**
 * `npm test` runs every stage; `npm test -- unit lint` only those named; `npm test -- control/secrets` only
 * the test files whose path holds the words; `--databases` runs those on every PostgreSQL. Ends with code 1
 * when anything failed.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const onDisk = tmpdir();
const folder = testFolder();
// Of this process too, which starts the servers that tests share.
process.env.TMPDIR = folder.path;

/** After SIGTERM to a test file that takes too long. */
const KILLED_MILLISECONDS = 10_000;

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
    setTimeout(() => {
      folder.remove();
      process.exit(130);
    }, 5_000).unref();
  });
}

/** A clean environment: what the person has set for their own instance must not reach the tests. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:HOLDFAST_|DATABASE_URL|NODE_TEST_|NODE_OPTIONS$|npm_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
    NO_COLOR: '1',
    // They outlive this run.
    HOLDFAST_TEST_PICTURES: onDisk,
    HOLDFAST_TEST_PORTS: ports,
    // Hundreds of processes load the same modules: types are stripped and code is compiled once.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'tests'),
    ...more,
  };
}

async function run(
  command: readonly string[],
  more: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
  withinMilliseconds?: number,
): Promise<number> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, { cwd: root, env: environment(more), stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  const deadlines = (['SIGTERM', 'SIGKILL'] as const).map((signal, position) =>
    withinMilliseconds === undefined
      ? undefined
      : setTimeout(() => child.kill(signal), withinMilliseconds + position * KILLED_MILLISECONDS),
  );
  const code = await ended.finally(() => deadlines.forEach(clearTimeout));
  children.delete(child);
  return code;
}

async function runCommand({ name, command }: CommandStage): Promise<Counts> {
  const lines: string[] = [];
  const code = await run(command, {}, (line) => lines.push(line));
  if (code !== 0) failures.push(`${name} │ ${lines.at(-1) ?? `ended with code ${code}`}`);
  for (const line of code === 0 ? [] : lines.slice(-200)) console.log(`${name} │ ${line}`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** Test files in a process of their own, one after the other. */
async function runFiles({ files, stage, variables, say }: PlannedFiles): Promise<Counts> {
  // Not its standard output: what a test prints there stays apart from what is reported.
  const report = join(reports, `${stage.name}-${files[0]?.replaceAll('/', '-')}.txt`);
  const printed: string[] = [];
  let repeated = 0;
  const sayOf = (line: string) => {
    say(line);
    if (/^ {4}[✖✔]/.test(line)) repeated = line.includes('✖') ? FAILURE_LINES : 0;
    if (repeated > 0) failures.push(`${stage.name} │ ${line}`);
    repeated -= 1;
  };
  const began = performance.now();
  const mayTake = stage.timeoutSeconds * files.length;
  const code = await run(
    [process.execPath, '--test-reporter=./tools/test-report.ts', `--test-reporter-destination=${report}`, 'tools/test-files.ts', ...files],
    { ...(await variables()), ...(stage.onDisk && { TMPDIR: onDisk }) },
    (line) => printed.push(line),
    mayTake * 1000,
  );
  const results: FileResult[] = [];
  for (const line of existsSync(report) ? readFileSync(report, 'utf8').trimEnd().split('\n') : []) {
    if (line.startsWith(RESULT)) results.push(JSON.parse(line.slice(RESULT.length)));
    else sayOf(line);
  }
  const sum = (count: keyof Counts) => results.reduce((total, result) => total + result[count], 0);
  const counts: Counts = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
  const missing = files.filter((file) => !results.some((result) => result.file === file));
  // One that ended badly without naming a test has failed all the same.
  if (missing.length === 0 && (code === 0 || counts.failed > 0)) return counts;
  const ended = `ended with code ${code} after ${seconds(began)}; it may take ${mayTake} s`;
  sayOf(`    ✖ ${(missing.length === 0 ? files : missing).join(', ')}: ${ended}`);
  for (const line of printed.slice(-60)) sayOf(`        ${line}`);
  return { ...counts, failed: counts.failed + 1 };
}

async function testFiles(stage: FileStage, words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const exclude = (path: string) => path.includes('node_modules') || path.includes('/dist/');
  for await (const path of glob([...stage.files], { cwd: root, exclude })) found.push(path);
  return [...new Set(found)].filter((path) => words.length === 0 || words.some((word) => path.includes(word))).sort();
}

function seconds(since: number): string {
  const total = (performance.now() - since) / 1000;
  return total < 60 ? `${total.toFixed(1)} s` : `${Math.floor(total / 60)} min ${Math.round(total % 60)} s`;
}

const asked = process.argv.slice(2);
const names = asked.filter((word) => STAGES.some((stage) => stage.name === word));
if (asked.includes('--databases')) names.push(...STAGES.filter((stage) => 'server' in stage).map(({ name }) => name));
const words = asked.filter((word) => !names.includes(word) && !word.startsWith('--'));
const began = performance.now();
const totals: Counts = { passed: 0, failed: 0, skipped: 0 };
const failedStages: string[] = [];
/** The first lines of each failure, said again at the end: often only that of a log is kept. */
const failures: string[] = [];
const FAILURE_LINES = 8;
await using database = new AsyncDisposableStack();
let databaseVariables: Promise<Readonly<Record<string, string>>> | undefined;
let home: Promise<Readonly<Record<string, string>>> | undefined;
let azurite: Promise<(files: number) => Readonly<Record<string, string>>> | undefined;

const reports = mkdtempSync(join(tmpdir(), 'holdfast-reports-'));
database.defer(() => rmSync(reports, { recursive: true, force: true }));
const ports = mkdtempSync(join(tmpdir(), 'holdfast-ports-'));
database.defer(() => rmSync(ports, { recursive: true, force: true }));

interface PlannedFiles extends Queued {
  readonly stage: FileStage;
  /** Of the server that they need, which is started for the first that asks. */
  variables(): Promise<Readonly<Record<string, string>>>;
  /** To be called when they have ended. */
  over(): Promise<void>;
  say(line: string): void;
}

const planned: { readonly stage: Stage; readonly files: readonly string[] }[] = [];
for (const stage of STAGES) {
  if (names.length > 0 && !names.includes(stage.name)) continue;
  // Words choose test files on the server that comes with Holdfast.
  if (names.length === 0 && (stage.onlyWhenNamed || (words.length > 0 && 'server' in stage))) continue;
  // Words choose among files; a stage without files has nothing to offer then.
  if (names.length === 0 && words.length > 0 && 'command' in stage) continue;
  const files = 'files' in stage ? await testFiles(stage, words) : [];
  if ('command' in stage || files.length > 0) planned.push({ stage, files });
}

// Commands first, as many at a time as there are processors: they end at once when something is wrong, and
// make what others need. Then all test files, as many at a time as the processors have time for.
const commands = planned.flatMap(({ stage }) => ('command' in stage ? [stage] : []));
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let stage = commands.shift(); stage !== undefined; stage = commands.shift()) await runCommandStage(stage);
  }),
);
const queue = planned.flatMap(({ stage, files }) => ('files' in stage ? plannedFiles(stage, files) : []));
await runQueue(inOrder(queue), async (next) => {
  if (process.exitCode === 130) return;
  const counts = await runFiles(next);
  add(next.stage, counts);
  await next.over();
});

async function runCommandStage(stage: CommandStage): Promise<void> {
  if (process.exitCode === 130) return;
  const stageBegan = performance.now();
  console.log(`${stage.name}: ${stage.says}`);
  const counts = await runCommand(stage);
  add(stage, counts);
  console.log(`${stage.name} │   ${counts.failed > 0 ? '✖ failed' : '✔'} after ${seconds(stageBegan)}\n`);
}

function add(stage: Stage, counts: Counts): void {
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  totals.skipped += counts.skipped;
  if (counts.failed > 0 && !failedStages.includes(stage.name)) failedStages.push(stage.name);
}

/** The files of a stage, with the server that they need: made for the first of them, ended after the last. */
function plannedFiles(stage: FileStage, files: readonly string[]): PlannedFiles[] {
  const groups = inGroups(files, stage.together ?? 1, [...(stage.longest ?? []), ...(stage.alone ?? [])]);
  const server = new AsyncDisposableStack();
  let own: Promise<Readonly<Record<string, string>>> | undefined;
  let left = groups.length;
  const databaseOf = async () => {
    if (!stage.needsDatabase) return {};
    if (stage.server === undefined) databaseVariables ??= startTestDatabaseServer(database);
    else own ??= startTestDatabaseServer(server, stage.server);
    return await (own ?? databaseVariables);
  };
  const azuriteOf = async (group: readonly string[]) => {
    // For a few files alone it is not worth the while.
    if (!stage.needsAzurite || words.length > 0) return {};
    azurite ??= startAzurite(database);
    return (await azurite)(group.length);
  };
  const homeOf = async () => {
    // As above.
    if (!stage.needsHome || words.length > 0) return {};
    home ??= prepareHome(database);
    return await home;
  };
  const over = async () => {
    left -= 1;
    if (left > 0) return;
    await server.disposeAsync();
    console.log(`${stage.name} │   ${failedStages.includes(stage.name) ? '✖ failed' : '✔'} after ${seconds(began)}\n`);
  };
  console.log(`${stage.name}: ${stage.says} (${files.length} files)`);
  return groups.map((group) => ({
    stage,
    files: group,
    variables: async () => ({ ...(await databaseOf()), ...(await azuriteOf(group)), ...(await homeOf()) }),
    over,
    say: (line) => console.log(`${stage.name} │ ${line}`),
  }));
}

/** One PostgreSQL for all test processes; each test file makes its own database in it. */
async function startTestDatabaseServer(until: AsyncDisposableStack, kind?: ServerKind): Promise<Readonly<Record<string, string>>> {
  const { startTestServer } = await import('@holdfast/db/testing');
  const server = await startTestServer(kind);
  until.defer(() => server.stop());
  return server.variables;
}

/** One Azure Blob emulator for all test processes; each test file has accounts of its own in it. */
async function startAzurite(until: AsyncDisposableStack): Promise<(files: number) => Readonly<Record<string, string>>> {
  const { startSharedAzurite } = await import('../tests/harness/azurite.ts');
  const { variables, stop } = await startSharedAzurite(queue.flatMap(({ stage, files }) => (stage.needsAzurite ? files : [])).length);
  until.defer(stop);
  return variables;
}

/** One home for all instances of the tests that may share its keys. */
async function prepareHome(until: AsyncDisposableStack): Promise<Readonly<Record<string, string>>> {
  const { makePreparedHome } = await import('../tests/harness/instance.ts');
  const { variables, remove } = await makePreparedHome();
  until.defer(remove);
  return variables;
}

await database.disposeAsync();
folder.remove();
const computed = computedSeconds();
const computedNote = computed > 0 ? `, computed for ${Math.floor(computed / 60)} min ${Math.round(computed % 60)} s` : '';
const skippedNote = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
if (failures.length > 0) console.log(`What failed, in short:\n${failures.join('\n')}`);
if (failedStages.length > 0) console.log(`Failed: ${failedStages.join(', ')}. Again with: npm test -- ${failedStages.join(' ')}`);
console.log(`${totals.passed} passed, ${totals.failed} failed${skippedNote} in ${seconds(began)}${computedNote}`);
if (totals.failed > 0 || totals.passed === 0) process.exitCode ||= 1;
