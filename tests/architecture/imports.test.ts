import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsOf, readSources, readWorkspaces } from './import-graph.ts';
import { violations } from './rules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = await readSources(root);
const workspaces = await readWorkspaces(root);

test('every import in the repository keeps the rules', () => {
  assert.ok(sources.size > 50, 'The sources were read.');
  assert.deepEqual(violations(sources, workspaces), []);
});

describe('a planted violation is found:', () => {
  const planted: [what: string, path: string, source: string, complaint: RegExp][] = [
    [
      'the control plane imports what opens',
      'control/planted.ts',
      `import { openSealed } from '@holdfast/open';`,
      /control\/planted.ts imports packages\/open/,
    ],
    ['only a type of it', 'control/planted.ts', `import type { OpeningKey } from '@holdfast/open';`, /control reaches what opens/],
    ['by a dynamic import', 'control/planted.ts', `const open = await import('@holdfast/open');`, /control reaches what opens/],
    ['by a relative path', 'control/secrets/planted.ts', `export * from '../../packages/open/index.ts';`, /control reaches what opens/],
    ['by a path that is computed', 'control/planted.ts', `await import(process.argv[2]);`, /what cannot be read cannot be checked/],
    ['through a package in between', 'packages/api/index.ts', `export * from '../open/index.ts';`, /console reaches what opens/],
    ['the console imports a plane', 'console/planted.tsx', `import '../control/app.ts';`, /console\/planted.tsx imports control/],
    ['the command line imports the data plane', 'cli/planted.ts', `import { root } from '../data/config.ts';`, /cli reaches what opens/],
    [
      'the client imports the launcher',
      'cli/planted.ts',
      `import '../launcher/launch.ts';`,
      /cli is a client, and reaches what a server needs/,
    ],
    ['the client logs as a server does', 'cli/planted.ts', `import { pino } from 'pino';`, /cli is a client, .*cli\/planted.ts/],
    [
      'the client reaches a database through a package in between',
      'packages/settings/planted.ts',
      `export * from '@holdfast/db';`,
      /packages\/settings may import packages\/api/,
    ],
    [
      'the SDK reaches a server',
      'packages/sdk/planted.ts',
      `import type { Server } from '@holdfast/endpoints';`,
      /packages\/sdk is a client/,
    ],
    [
      'an example, which clients ship, imports test code',
      'examples/planted.ts',
      `import '../tests/harness/http-service.ts';`,
      /examples\/planted.ts imports tests\/harness/,
    ],
    ['an example imports a plane', 'examples/planted.ts', `import '../control/app.ts';`, /examples\/planted.ts imports control/],
    ['one plane imports the other', 'control/planted.test.ts', `import '../data/app.ts';`, /control\/planted.test.ts imports data/],
    [
      'a connector imports more than its contract',
      'connectors/azure-blob/planted.ts',
      `import '@holdfast/db';`,
      /may import packages\/configuration, packages\/connector/,
    ],
    [
      'a connector dials by itself',
      'connectors/azure-blob/planted.ts',
      `import { request } from 'node:https';`,
      /only data\/egress may dial/,
    ],
    [
      'what every model connector shares dials by itself',
      'packages/model-tasks/planted.ts',
      `const answer = await fetch('https://example.com');`,
      /packages\/model-tasks\/planted.ts opens a connection of its own; only data\/egress may dial/,
    ],
    ...['document-text', 'redaction', 'configuration', 'workflow', 'schedule'].map((name): [string, string, string, RegExp] => [
      `packages/${name} dials by itself`,
      `packages/${name}/planted.ts`,
      `import { connect } from 'node:tls';`,
      /planted.ts imports node:tls; only data\/egress may dial/,
    ]),
    ['a run dials by itself', 'data/runs/planted.ts', `await fetch('https://example.com');`, /only data\/egress may dial/],
    ['the control plane dials', 'control/planted.ts', `import { Agent } from 'undici';`, /only data\/egress may dial/],
    ['the control plane loads a connector', 'control/planted.ts', `import '@holdfast/connector-azure-blob';`, /may read its types alone/],
    [
      'the control plane opens a socket beside reading an address',
      'control/planted.ts',
      `import { isIP, connect } from 'node:net';`,
      /only data\/egress may dial/,
    ],
    [
      'the control plane names tables of the data plane',
      'control/planted.ts',
      `import type { Database } from '@holdfast/db/data';`,
      /tables that its role may name: @holdfast\/db\/control/,
    ],
    [
      'a plane names every table',
      'data/planted.ts',
      `import type { Database } from '@holdfast/db';`,
      /tables that its role may name: @holdfast\/db\/data/,
    ],
    [
      'the use of values knows a consumer',
      'data/use/values/planted.ts',
      `import { loadBoundComponent } from '../component/load-component.ts';`,
      /data\/use\/values\/planted.ts imports data\/use\/component\/load-component.ts; the use of values knows no consumer/,
    ],
    [
      'the use of values knows what a connector is',
      'data/use/values/planted.ts',
      `import type { Options } from '@holdfast/connector';`,
      /imports packages\/connector\/index.ts; the use of values knows no consumer/,
    ],
    [
      'the use of values tells consumers apart',
      'data/use/values/planted.ts',
      `const kind = ownerId === null ? 'secret-value' : 'component-value';`,
      /data\/use\/values\/planted.ts says “component”; the use of values knows no consumer/,
    ],
    [
      'the use of values reaches a consumer through another room',
      'data/record/follower.ts',
      `export * from '../use/component/load-component.ts';`,
      /data\/use\/values reaches a consumer: .*follower.ts → data\/use\/component/,
    ],
    [
      'a domain folder imports an endpoint',
      'control/runs/planted.ts',
      `import '../http/runs/start-run.ts';`,
      /climbs from a domain folder/,
    ],
    [
      'two files import each other, for a type alone',
      'data/runs/run-stop.ts',
      `import type { Work } from './process-items.ts';`,
      /in a circle: data\/runs\/.*run-stop.ts/,
    ],
    ['a package that is not declared', 'packages/envelope/planted.ts', `import pg from 'pg';`, /does not list/],
  ];
  for (const [what, path, source, complaint] of planted) {
    test(what, () => {
      const found = violations(new Map([...sources, [path, source]]), workspaces);
      assert.ok(
        found.some((sentence) => complaint.test(sentence)),
        found.join('\n'),
      );
    });
  }

  test('a client whose package asks for a database', () => {
    const changed = workspaces.map((workspace) =>
      workspace.folder === 'cli' ? { ...workspace, dependencies: [...workspace.dependencies, 'kysely', '@holdfast/db'] } : workspace,
    );
    assert.deepEqual(
      violations(sources, changed).filter((sentence) => sentence.startsWith('cli/package.json')),
      [
        'cli/package.json depends on @holdfast/db, which it may not import.',
        'cli/package.json depends on kysely, which it may not import.',
      ],
    );
  });

  test('a workspace that depends on what it may not import', () => {
    const changed = workspaces.map((workspace) =>
      workspace.folder === 'control' ? { ...workspace, dependencies: [...workspace.dependencies, '@holdfast/open'] } : workspace,
    );
    assert.deepEqual(
      violations(sources, changed).filter((sentence) => sentence.includes('@holdfast/open')),
      ['control/package.json depends on @holdfast/open, which it may not import.'],
    );
  });
});

test('examples in comments are not imports, and every way of importing is seen', () => {
  const text = `
/**
 * import { a } from 'commented';
 */
// import 'commented-too';
import b, {
  c,
  type D,
} from "one";
export { e } from 'two'; import 'three';
const f = await import('four'); const g = require("five");
export const address = 'https://example.com'; // not from 'six'
import type * as H from 'seven';
`;
  assert.deepEqual(
    importsOf(text).map((found) => found.specifier),
    ['one', 'two', 'three', 'four', 'five', 'seven'],
  );
});
