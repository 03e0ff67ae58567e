import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { repository, startInstance } from '../harness/instance.ts';
import { createProject, createPublisher } from '../harness/workspace.ts';

/**
 * The SDK as somebody has it who installed its tarball: in a folder of their own, far from this repository.
 */

const run = promisify(execFile);
let folder: string;
before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-sdk-')));
  packAndInstall(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/**
 * As `npm install` does, without the network: the tarball, and the dependencies that its manifest names, no
 * others.
 */
function packAndInstall(into: string): void {
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', into], {
    cwd: join(repository, 'packages', 'sdk'),
    encoding: 'utf8',
  });
  assert.equal(packed.status, 0, packed.stderr);
  const tarball = readdirSync(into).find((name) => name.endsWith('.tgz'));
  assert.ok(tarball !== undefined, packed.stdout);
  const sdk = join(into, 'node_modules', '@holdfast', 'sdk');
  mkdirSync(sdk, { recursive: true });
  assert.equal(spawnSync('tar', ['xzf', join(into, tarball), '-C', sdk, '--strip-components=1']).status, 0);
  writeFileSync(join(into, 'package.json'), JSON.stringify({ name: 'somebody-elses', private: true, type: 'module' }));
  for (const name of dependenciesOf(sdk)) install(name, into);
}

function dependenciesOf(packageFolder: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(dependencies);
}

function install(name: string, into: string): void {
  const target = join(into, 'node_modules', name);
  if (existsSync(target)) return;
  // A workspace may have a version of its own, which is the one that the manifest names.
  const own = ['sdk', 'api', 'envelope', 'seal', 'settings'].map((each) => join(repository, 'packages', each, 'node_modules', name));
  const source = [...own, join(repository, 'node_modules', name)].find((path) => existsSync(path)) ?? '';
  cpSync(source, target, { recursive: true });
  for (const dependency of dependenciesOf(target)) {
    if (!existsSync(join(target, 'node_modules', dependency))) install(dependency, into);
  }
}

/** The Node that runs this, and the one of the machine when it is another. */
function nodes(): string[] {
  const ofMachine = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((path) => !path.includes('node_modules') && existsSync(join(path, 'node')))
    .map((path) => realpathSync(join(path, 'node')));
  return [...new Set([realpathSync(process.execPath), ...ofMachine.slice(0, 1)])];
}

test('the tarball holds JavaScript and types alone, and needs no server, database or log library', () => {
  const sdk = join(folder, 'node_modules', '@holdfast', 'sdk');
  assert.deepEqual(dependenciesOf(sdk), ['@noble/curves', '@panva/hpke-noble', 'hpke', 'uuid', 'zod']);
  const files = readdirSync(sdk, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path));
  for (const path of files) assert.match(path, /\.(?:js|d\.ts|md)$|^package\.json$/);
  for (const path of files.filter((each) => /\.(?:js|ts)$/.test(each))) {
    assert.doesNotMatch(readFileSync(join(sdk, path), 'utf8'), /(?:from |import\()['"](?:@holdfast\/|\.[^'"]*\.ts['"])/, path);
  }
  assert.deepEqual(
    readdirSync(join(folder, 'node_modules')).filter((name) => /fastify|^pg|kysely|pino/.test(name)),
    [],
  );
  const packed = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8'));
  assert.equal(packed.scripts, undefined, 'Nothing runs when it is installed.');
  assert.equal(packed.type, 'module');
  // The workspace is what it was.
  const manifest = JSON.parse(readFileSync(join(repository, 'packages', 'sdk', 'package.json'), 'utf8'));
  assert.equal(manifest.exports['.'], './index.ts');
});

test('a program in TypeScript that uses it type-checks, its libraries too', async () => {
  writeFileSync(
    join(folder, 'program.ts'),
    `import { createClient, ProblemError, setSecret, type Pins } from '@holdfast/sdk';
import { listSecrets } from '@holdfast/sdk/api';
import { connect } from '@holdfast/sdk/node';
const { client, pins, organization } = connect();
const { items } = await client.call(listSecrets, { params: { organization: await organization() }, query: { search: 'x' } });
export const names: readonly string[] = items.map(({ name }) => name);
export const set = (given: Pins) => setSecret(createClient({ url: 'http://x' }), given ?? pins, { organization: 'a', name: 'B', value: 'c' });
export const code = (error: unknown): string | undefined => (error instanceof ProblemError ? error.code : undefined);
// @ts-expect-error: the types are there, and are no "any".
export const wrong: number = names;
`,
  );
  const options = {
    strict: true,
    skipLibCheck: false,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'dom'],
    types: [],
    noEmit: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['program.ts'] }));
  const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  await assert.doesNotReject(run(process.execPath, [compiler, '-p', folder]).catch((error) => Promise.reject(new Error(error.stdout))));
});

test('a value that it sets is opened in the data plane, whatever Node set it', { timeout: 180_000 }, async () => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const project = await createProject(account, 'SDK');
  writeFileSync(
    join(folder, 'set.mjs'),
    `import { setSecret } from '@holdfast/sdk';
import { connect } from '@holdfast/sdk/node';
const { client, organization, pins } = connect();
const { outcome } = await setSecret(client, pins, { organization: await organization(), name: process.argv[2], value: process.env.VALUE });
console.log(process.versions.node + ' ' + outcome);
`,
  );
  // The guide's examples, word for word, from where nothing of this repository is.
  const examples = join(repository, 'packages', 'sdk', 'examples');
  const elsewhere = {
    cwd: folder,
    env: {
      PATH: dirname(process.execPath),
      HOME: join(folder, 'home-of-the-guide'),
      HOLDFAST_URL: account.url,
      HOLDFAST_TOKEN: account.token,
      STRIPE_KEY: 'a-key-of-the-guide',
    },
  };
  for (const [example, said] of [
    ['set-a-secret.ts', /^STRIPE_KEY is added\.$/m],
    ['list-what-is-due.ts', /^/],
    ['handle-a-refusal.ts', /^/],
  ] as const) {
    cpSync(join(examples, example), join(folder, example));
    const { stdout, stderr } = await run(process.execPath, [example], elsewhere);
    assert.match(stdout, said, `${example}: ${stderr}`);
  }
  for (const [number, node] of nodes().entries()) {
    const { stdout } = await run(node, ['set.mjs', `SET_${number}`], {
      cwd: folder,
      env: {
        PATH: dirname(node),
        HOME: join(folder, `home-${number}`),
        HOLDFAST_URL: account.url,
        HOLDFAST_TOKEN: account.token,
        VALUE: azurite.connectionString,
      },
    });
    assert.match(stdout, /^\d+\.\d+\.\d+ added$/m);
    const component = await createPublisher(account, project, {
      name: `Set by ${number}`,
      container: 'sdk',
      connection: { secret: `SET_${number}` },
    });
    const answer = await account.call<{ passed: boolean }>('POST', account.at(`/projects/${project}/components/${component}/test`));
    assert.equal(answer.passed, true, JSON.stringify(answer));
  }
});
