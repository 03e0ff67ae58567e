/** A PostgreSQL beside the one that comes with Holdfast, and what kind of role owns the databases there. */
export interface ServerKind {
  readonly version: 16 | 17 | 18;
  readonly owner: 'superuser' | 'createrole';
}

interface AnyStage {
  readonly name: string;
  readonly says: string;
  readonly onlyWhenNamed?: boolean;
}

/** A command that must end with 0. */
export interface CommandStage extends AnyStage {
  readonly command: readonly string[];
}

/** Test files, each in a process of its own unless the stage says otherwise. */
export interface FileStage extends AnyStage {
  readonly files: readonly string[];
  readonly needsDatabase?: boolean;
  /** Some of its files publish into an Azure Blob emulator. */
  readonly needsAzurite?: boolean;
  /** Most of its files start an instance each, which may have the same keys as another file's. */
  readonly needsHome?: boolean;
  /** Instead of the one that comes with Holdfast. */
  readonly server?: ServerKind;
  /**
   * Words in the paths of the files that take longest: they begin first, so that the last one to end is a
   * short one.
   */
  readonly longest?: readonly string[];
  /** So many of them share a process, one after the other. Each has one of its own by default. */
  readonly together?: number;
  /**
   * Words in the paths of files that need a process for themselves, since they measure its memory or replace
   * what Node itself brings. Those that take longest have one, too.
   */
  readonly alone?: readonly string[];
  /** They show what a disk keeps: what they write does not lie in memory (test-folder.ts). */
  readonly onDisk?: boolean;
  /** So many processes at a time, beside those of other stages. */
  readonly concurrency: number;
  /** Of each file. */
  readonly timeoutSeconds: number;
}

/** A step of `npm test`. */
export type Stage = CommandStage | FileStage;

/**
 * Commands in their order; then test files of all stages beside each other (test-queue.ts). They stand beside
 * the code they test and are found by pattern, so that a new one needs no entry here. Those that kill
 * processes run one at a time.
 */
export const STAGES: readonly Stage[] = [
  { name: 'types', says: 'type check: servers, packages, tools, tests', command: ['tsc', '--noEmit', '--checkers', '1'] },
  { name: 'console-types', says: 'type check: console', command: ['tsc', '--noEmit', '-p', 'console', '--checkers', '1'] },
  { name: 'lint', says: 'format, lint, import cycles', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'console', says: 'build of the console', command: ['vite', 'build', 'console', '--logLevel', 'warn'] },
  { name: 'copies', says: 'compiled copies of launcher and planes', command: ['node', 'launcher/programs/compile.ts'] },
  {
    name: 'unit',
    says: 'packages, connectors, console logic, tools, import rules',
    files: [
      'packages/**/*.test.ts',
      'console/**/*.test.ts',
      'tools/**/*.test.ts',
      'vectors/**/*.test.ts',
      'tests/architecture/**/*.test.ts',
      'tests/harness/**/*.test.ts',
    ],
    together: 16,
    alone: ['verify-export', 'packages/seal', 'packages/redaction/stream', 'sdk/examples'],
    concurrency: 4,
    timeoutSeconds: 120,
  },
  {
    name: 'database',
    says: 'migrations, rights of each role, embedded server, queue, audit chain',
    files: ['db/**/*.test.ts'],
    longest: ['embedded/start', 'backup/backup', 'schema/prepare.test'],
    together: 7,
    concurrency: 4,
    timeoutSeconds: 120,
    needsDatabase: true,
  },
  {
    name: 'planes',
    says: 'control plane, data plane, connectors against a real Azure Blob emulator, command line',
    longest: [
      'cli/transcripts',
      'data/record/record',
      'keys/rotation',
      'database-process',
      'data/mail',
      'test-unsaved',
      'delete-due',
      'schedule/schedule',
      'http/fairness',
      'accounts/sessions',
      'bad-input',
    ],
    together: 8,
    alone: ['data/sources/folders', 's3/lookups', 'connectors/large-documents', 'email/email.test'],
    files: [
      'control/**/*.test.ts',
      'data/**/*.test.ts',
      'connectors/**/*.test.ts',
      'tests/connectors/**/*.test.ts',
      'cli/**/*.test.ts',
      'launcher/**/*.test.ts',
    ],
    concurrency: 6,
    timeoutSeconds: 240,
    needsDatabase: true,
    needsAzurite: true,
  },
  {
    name: 'flows',
    says: 'runs over both planes, and a database that was changed by hand',
    files: ['tests/flows/**/*.test.ts'],
    longest: ['several-nodes', 'key-rotation.test', 'flows/runs', 'backup'],
    concurrency: 3,
    timeoutSeconds: 300,
    needsDatabase: true,
    needsAzurite: true,
  },
  {
    name: 'browser',
    says: 'the whole job in a real browser and on the command line, with accessibility checks',
    files: ['tests/e2e/**/*.test.ts'],
    longest: [
      'import-of-many',
      'values',
      'pages',
      'main-job',
      'account',
      'organization',
      'error-states',
      'server-away',
      'dropdowns',
      'form-guards',
      'keyboard',
      'destinations',
    ],
    concurrency: 3,
    timeoutSeconds: 300,
    needsAzurite: true,
    needsHome: true,
  },
  {
    name: 'security',
    says: 'canary values that must be found nowhere, and planted leaks that must be found',
    files: ['tests/security/**/*.test.ts'],
    concurrency: 1,
    timeoutSeconds: 300,
    needsDatabase: true,
  },
  {
    name: 'faults',
    says: 'processes killed at random during writes',
    files: ['tests/faults/**/*.test.ts'],
    needsAzurite: true,
    onDisk: true,
    concurrency: 1,
    timeoutSeconds: 300,
  },
  ...postgresqlStages(),
];

/**
 * The same database, role and flow tests on every PostgreSQL that DATABASE_URL may name. On a managed service
 * the owner is no superuser, so `npm test` takes that kind; `npm run test:databases` takes every pair, with
 * all flows.
 */
function postgresqlStages(): Stage[] {
  const pairs = ([16, 17, 18] as const).flatMap((version) => (['createrole', 'superuser'] as const).map((owner) => ({ version, owner })));
  const stages = pairs.map(({ version, owner }): Stage[] => {
    const words = owner === 'createrole' ? 'owned by a role that may only make roles' : 'owned by its superuser';
    const common = { needsDatabase: true, server: { version, owner }, concurrency: 1, timeoutSeconds: 300 } as const;
    return [
      {
        ...common,
        name: `postgresql-${version}-${owner}`,
        says: `database and roles on PostgreSQL ${version}, ${words}`,
        files: ['db/*.test.ts', 'db/backup/*.test.ts'],
        together: 4,
        ...((owner === 'superuser' || version === 18) && { onlyWhenNamed: true }),
      },
      {
        ...common,
        name: `flows-${version}-${owner}`,
        says: `flows on PostgreSQL ${version}, ${words}`,
        files: ['tests/flows/**/*.test.ts'],
        onlyWhenNamed: true,
      },
    ];
  });
  return stages.flat();
}
