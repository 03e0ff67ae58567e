import { circlesIn } from './circles.ts';
import { findPath, type Import, importGraph, type Sources, type Workspace, withoutComments } from './import-graph.ts';

/**
 * Which room may import which, itself always included. What opens stands only in the rows of `data` and
 * `bench`; no row holds a plane.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/api': ['packages/envelope'],
  'packages/envelope': [],
  'packages/audit': ['packages/envelope'],
  'packages/configuration': ['packages/api', 'packages/envelope'],
  'packages/connector': ['packages/configuration'],
  'packages/seal': ['packages/envelope'],
  'packages/open': ['packages/envelope'],
  'packages/redaction': [],
  'packages/document-text': [],
  // Times of schedules: control shows them, data goes by them.
  'packages/schedule': [],
  'packages/model-tasks': ['packages/configuration', 'packages/connector', 'packages/document-text'],
  'packages/workflow': ['packages/api', 'packages/configuration'],
  'packages/settings': ['packages/api', 'packages/envelope'],
  'packages/service': ['packages/redaction', 'packages/settings'],
  // Of the database what its errors mean, and nothing else.
  'packages/endpoints': ['packages/api', 'packages/audit', 'packages/envelope', 'packages/service', 'packages/settings', 'db'],
  // What is installed with it, elsewhere: no server, no database, no log.
  'packages/sdk': ['packages/api', 'packages/envelope', 'packages/seal', 'packages/settings'],
  'packages/terminal': ['packages/api', 'packages/envelope'],
  'connectors/*': ['packages/configuration', 'packages/connector', 'packages/document-text', 'packages/model-tasks'],
  db: ['packages/api', 'packages/audit', 'packages/envelope', 'packages/service'],
  control: [
    'packages/api',
    'packages/audit',
    'packages/configuration',
    'packages/endpoints',
    'packages/envelope',
    'packages/schedule',
    'packages/service',
    'packages/settings',
    'packages/workflow',
    'connectors/*',
    'db',
  ],
  data: [
    'packages/api',
    'packages/audit',
    'packages/configuration',
    'packages/connector',
    'packages/endpoints',
    'packages/envelope',
    'packages/open',
    'packages/redaction',
    'packages/schedule',
    // For what it opened itself: a rotation seals values again.
    'packages/seal',
    'packages/service',
    'packages/settings',
    'packages/workflow',
    'connectors/*',
    'db',
  ],
  // Of the audit the console knows the names of the actions.
  console: [
    'packages/api',
    'packages/audit',
    'packages/configuration',
    'packages/envelope',
    'packages/sdk',
    'packages/seal',
    'packages/workflow',
    'examples',
  ],
  // What a person installs to seal and list; see CLIENTS below.
  cli: [
    'packages/api',
    'packages/audit',
    'packages/configuration',
    'packages/envelope',
    'packages/sdk',
    'packages/seal',
    'packages/settings',
    'packages/terminal',
    'packages/workflow',
    'examples',
  ],
  // Data and what makes it, which clients ship: what serves an example on this machine is the tests'.
  examples: ['packages/api', 'packages/configuration', 'packages/workflow'],
  launcher: ['packages/api', 'packages/envelope', 'packages/sdk', 'packages/service', 'packages/settings', 'packages/terminal', 'db'],
  bench: ['packages/*', 'connectors/*', 'db', 'tests'],
  vectors: ['packages/*'],
  tools: ['packages/*', 'db', 'tests'],
  tests: ['packages/*', 'connectors/*', 'control', 'data', 'db', 'console', 'cli', 'launcher', 'bench', 'tools', 'bin', 'examples'],
  bin: ['packages/terminal', 'cli', 'launcher'],
};

/** Ways to open a connection. Only `data/egress` may; the control plane has none at all. */
const DIALING_MODULES = new Set(['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'dns/promises', 'inspector']);
/** What these modules hold that reads an address or names a status and opens nothing. */
const HARMLESS_NAMES = new Set(['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress', 'STATUS_CODES']);
const DIALING_PACKAGES = new Set(['undici', 'axios', 'node-fetch', 'got', 'ws', 'http-proxy-agent', 'https-proxy-agent']);
const DIALING_GLOBALS = /(?<![\w$.'"`])(?:globalThis\.)?(?:fetch\s*\(|new\s+(?:WebSocket|EventSource|XMLHttpRequest)\b)/;
const MAY_DIAL = /^data\/egress\//;

/**
 * The endpoints stand on top of the domain folders: only what builds the plane, and they themselves, know
 * them.
 */
const MAY_IMPORT_HTTP = /^control\/(?:app\.ts$|http\/)/;

/**
 * A plane, a connector, and every package that one of them runs, apart from what serves and starts a process:
 * the code through which values, envelopes and documents pass.
 */
const GUARDED = new RegExp(
  '^(?:control|data|connectors/[^/]+|packages/(?:api|audit|configuration|connector|document-text|envelope|' +
    'model-tasks|open|redaction|schedule|seal|settings|workflow))/',
);

export function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'packages' || first === 'connectors' ? `${first}/${second}` : first;
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /(?:^|\/)(?:tests|testing|fixtures)\//.test(path) || path.startsWith('tests/');
}

function matches(room: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern === room || (pattern.endsWith('/*') && room.startsWith(pattern.slice(0, -1))));
}

function rowOf(room: string): readonly string[] | undefined {
  return MAY_IMPORT[room] ?? (room.startsWith('connectors/') ? MAY_IMPORT['connectors/*'] : undefined);
}

/** Everything in the sources that breaks a rule, one sentence each; empty when all is well. */
export function violations(sources: Sources, workspaces: readonly Workspace[]): string[] {
  const graph = importGraph(sources, workspaces);
  const found: string[] = [];
  for (const [path, imports] of graph) {
    for (const imported of imports) found.push(...faultsOf(path, imported, workspaces));
    if (mustNotDial(path) && DIALING_GLOBALS.test(withoutComments(sources.get(path) ?? ''))) {
      found.push(`${path} opens a connection of its own; only data/egress may dial.`);
    }
    if (VALUES.test(path) && !isTest(path)) {
      const named = CONSUMER_WORDS.exec(withoutComments(sources.get(path) ?? ''))?.[0];
      if (named !== undefined) found.push(`${path} says “${named}”; the use of values knows no consumer.`);
    }
  }
  for (const workspace of workspaces) found.push(...faultsOfManifest(workspace, workspaces));
  found.push(...faultsOfReach(graph));
  const rooms = new Map([...graph].filter(([path]) => !isTest(path)));
  for (const circle of circlesIn(rooms)) found.push(`Files import each other in a circle: ${circle.join(' → ')}.`);
  return [...new Set(found)].sort();
}

function faultsOf(path: string, imported: Import, workspaces: readonly Workspace[]): string[] {
  const room = roomOf(path);
  switch (imported.kind) {
    case 'unknown':
      return GUARDED.test(path) && !isTest(path)
        ? [`${path} imports (${imported.expression}): what cannot be read cannot be checked.`]
        : [];
    case 'builtin':
      return mustNotDial(path) && DIALING_MODULES.has(imported.name) && !imported.names?.every((name) => HARMLESS_NAMES.has(name))
        ? [`${path} imports node:${imported.name}; only data/egress may dial.`]
        : [];
    case 'package': {
      if (mustNotDial(path) && DIALING_PACKAGES.has(imported.name)) return [`${path} imports ${imported.name}; only data/egress may dial.`];
      const workspace = workspaces.find((candidate) => candidate.folder === room);
      if (!workspace || isTest(path) || workspace.dependencies.includes(imported.name)) return [];
      return [`${path} imports ${imported.name}, which ${workspace.folder}/package.json does not list.`];
    }
    case 'file':
      return faultsOfFileImport(path, room, imported.path);
  }
}

/**
 * The use of values is the same for every consumer: it knows none of them, and nothing of what they talk to.
 */
const VALUES = /^data\/use\/values\//;
const CONSUMERS =
  /^(?:data\/(?:use\/component|runs|hooks|triggers|bridges|runtime)\/|data\/(?:connectors|use\/stored-secret)\.ts$|connectors\/)/;
/** What consumers are, in their own words. */
const CONSUMER_WORDS = /component|trigger/i;

function faultsOfFileImport(path: string, room: string, target: string): string[] {
  const targetRoom = roomOf(target);
  if (VALUES.test(path) && !isTest(path) && (CONSUMERS.test(target) || targetRoom === 'packages/connector')) {
    return [`${path} imports ${target}; the use of values knows no consumer and no connector.`];
  }
  if (target.includes('(not exported')) return [`${path} imports ${target}.`];
  if (target.startsWith('control/http/') && !MAY_IMPORT_HTTP.test(path) && !isTest(path)) {
    return [`${path} imports ${target}; no import climbs from a domain folder to http/.`];
  }
  if (targetRoom === room) {
    return !isTest(path) && isTest(target) && !room.startsWith('tests') && !target.includes('/testing')
      ? [`${path} imports a test, ${target}.`]
      : [];
  }
  const row = rowOf(room);
  if (room === 'control' && targetRoom.startsWith('connectors/') && !/\/types\.ts$/.test(target) && !isTest(path)) {
    return [`${path} imports ${target}; of a connector, the control plane may read its types alone.`];
  }
  if (targetRoom === 'db' && (room === 'control' || room === 'data') && target !== `db/${room}.ts` && !isTest(path)) {
    return [`${path} imports ${target}; a plane has the tables that its role may name: @holdfast/db/${room}.`];
  }
  if (targetRoom === 'db' && room === 'packages/endpoints' && target !== 'db/connection/database-errors.ts' && !isTest(path)) {
    return [`${path} imports ${target}; of the database, endpoints know what its errors mean: @holdfast/db/errors.`];
  }
  // A test beside the code may use other packages and what tests share, but no plane other than its own.
  const allowed = isTest(path) ? ['packages/*', 'connectors/*', 'db', 'tests', 'vectors', 'cli', 'launcher', ...(row ?? [])] : row;
  if (allowed && matches(targetRoom, allowed)) return [];
  if (!row && !isTest(path)) return targetRoom === 'data' || targetRoom === 'control' ? [`${path} imports a plane, ${target}.`] : [];
  return [`${path} imports ${target}; ${room} may import ${row?.join(', ') || 'nothing'}.`];
}

function faultsOfManifest(workspace: Workspace, workspaces: readonly Workspace[]): string[] {
  const row = rowOf(workspace.folder);
  if (!row) return [`${workspace.folder} has no row in the table of who may import whom.`];
  const ofServers = CLIENTS.includes(workspace.folder) ? workspace.dependencies.filter((name) => SERVER_PACKAGES.test(name)) : [];
  const rooms = workspaces.filter((other) => workspace.dependencies.includes(other.name) && !matches(other.folder, row));
  return [...rooms.map(({ name }) => name), ...ofServers].map(
    (name) => `${workspace.folder}/package.json depends on ${name}, which it may not import.`,
  );
}

/**
 * What people install, and what of Holdfast and of npm's packages it must do without: any server, database or
 * log.
 */
const CLIENTS = ['cli', 'packages/sdk', 'packages/terminal'];
const OF_SERVERS = /^(?:control|data|db|launcher|connectors|packages\/(?:service|endpoints|open|connector))\//;
const SERVER_PACKAGES = /^(?:fastify|@fastify\/.*|pino|pg|pg-.*|kysely|better-auth|nodemailer|undici)$/;

const ROOMS_THAT_NEVER_OPEN = ['control', 'console', 'cli', 'launcher', 'packages/sdk', 'packages/seal', 'connectors'];

/** The promise itself, over chains of any length: what faces people does not reach what opens. */
function faultsOfReach(graph: ReadonlyMap<string, readonly Import[]>): string[] {
  const opens = (path: string) => path.startsWith('packages/open/') || path.startsWith('data/');
  const startsIn = (room: string) => [...graph.keys()].filter((path) => path.startsWith(`${room}/`) && !isTest(path));
  const found = ROOMS_THAT_NEVER_OPEN.flatMap((room) => {
    const chain = findPath(graph, startsIn(room), opens);
    return chain ? [`${room} reaches what opens: ${chain.join(' → ')}.`] : [];
  });
  for (const client of CLIENTS) {
    const needs = (path: string) =>
      OF_SERVERS.test(path) || (graph.get(path) ?? []).some((each) => each.kind === 'package' && SERVER_PACKAGES.test(each.name));
    const chain = findPath(graph, startsIn(client), needs);
    if (chain) found.push(`${client} is a client, and reaches what a server needs: ${chain.join(' → ')}.`);
  }
  const chain = findPath(graph, startsIn('data/use/values'), (path) => CONSUMERS.test(path));
  return chain ? [...found, `data/use/values reaches a consumer: ${chain.join(' → ')}.`] : found;
}

function mustNotDial(path: string): boolean {
  return GUARDED.test(path) && !isTest(path) && !MAY_DIAL.test(path);
}
