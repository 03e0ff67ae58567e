import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { sensitiveOptions } from '@holdfast/configuration';
import type { Options } from '@holdfast/connector';
import { connectors } from '../../../data/connectors.ts';
import { type Account, sealFor, sealingKeyOf } from '../../harness/account.ts';
import type { Azurite } from '../../harness/azurite.ts';
import type { SampleDocument } from '../../harness/documents.ts';
import { type DroppingProxy, startDroppingProxy } from '../../harness/dropping-proxy.ts';
import { eventually } from '../../harness/eventually.ts';
import { finishRun, listItems, type RunView, startRun, upload } from '../../harness/workspace.ts';
import { type PlantedService, SERVICES } from './services.ts';

/**
 * How a service receives a component. `cut off`: the connection is reset once more than a greeting was sent.
 */
const SITUATIONS = ['taken', 'refused', 'cut off'] as const;
type Situation = (typeof SITUATIONS)[number];

/** Fewer than the requests of one organization that the control plane takes at a time. */
const TYPES_AT_ONCE = 4;
/** As much as a greeting has in the protocols that begin with one. */
const GREETING_BYTES = 60;
const TEXT = Buffer.from('{"number":"R2","total":3}');
const DOCUMENT: SampleDocument = {
  name: 'order.json',
  contentType: 'application/json',
  size: TEXT.length,
  open: () => Readable.from([TEXT]),
};

export interface PlantedServices extends AsyncDisposable {
  /** For HOLDFAST_EGRESS_ALLOW. */
  readonly allowed: readonly string[];
  /** What is secret in the values that are planted. */
  readonly values: readonly string[];
  optionsOf(type: string, situation: Situation): Options;
}

/** A service for each type that the data plane runs, and in front of it one that cuts its connections. */
export async function startServices(marker: string, azurite: Azurite): Promise<PlantedServices> {
  await using started = new AsyncDisposableStack();
  const places = new Map<string, { service: PlantedService; cutting: DroppingProxy }>();
  for (const type of connectors.keys()) {
    const start = SERVICES[type] ?? assert.fail(`tests/security/canary/services.ts plants no values for the type ${type}.`);
    const value = (option: string, takes: boolean) => `${marker}.${type}.${option}${takes ? '' : '.refused'}`;
    const service = started.use(await start({ marker, value, azurite }));
    const cutting = started.use(await startDroppingProxy(service));
    cutting.cutNext(Number.POSITIVE_INFINITY, GREETING_BYTES);
    places.set(type, { service, cutting });
  }
  const optionsOf = (type: string, situation: Situation): Options => {
    const { service, cutting } = places.get(type) ?? assert.fail(type);
    return service.options(situation === 'cut off' ? cutting.port : service.port, situation !== 'refused');
  };
  const values: string[] = [];
  // Not what else stands in a connection string, such as the name of a database: that may be shown.
  const secretPart = new RegExp(`[^\\s/:@;=&?]*${marker}[^\\s/:@;=&?]*`, 'g');
  for (const [type, { type: described }] of connectors) {
    const planted = SITUATIONS.map((situation) => optionsOf(type, situation));
    for (const option of sensitiveOptions(described)) {
      const texts = planted.map((options) => options[option]).filter((text) => typeof text === 'string');
      assert.ok(texts.length > 0, `tests/security/canary/services.ts plants nothing as ${option} of the type ${type}.`);
      // A key that has a passphrase is encrypted: the passphrase holds the marker.
      const holds = texts.some((text) => text.includes(marker) || decodeURIComponent(text).includes(marker));
      assert.ok(holds || option === 'privateKey', `What is planted as ${option} of the type ${type} holds no marker.`);
      for (const text of texts) values.push(...(text.match(secretPart) ?? []));
    }
  }
  const kept = started.move();
  return {
    allowed: [...places.values()].flatMap(({ service, cutting }) => [`127.0.0.1:${service.port}`, `127.0.0.1:${cutting.port}`]),
    values: [...new Set(values)],
    optionsOf,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * Has a component of every type in every situation tested, and used in a run, some types at once. What came
 * of it is among the account's answers.
 */
export async function useServices(account: Account, project: string, services: PlantedServices): Promise<void> {
  const archive = await createComponent(account, project, 'http-publisher', 'taken', services, 'Archive');
  const waiting = [...connectors.keys()];
  const use = async () => {
    for (let type = waiting.shift(); type !== undefined; type = waiting.shift()) await useType(account, project, type, services, archive);
  };
  await Promise.all(Array.from({ length: TYPES_AT_ONCE }, use));
}

async function useType(account: Account, project: string, type: string, services: PlantedServices, archive: string): Promise<void> {
  const { role } = connectors.get(type) ?? assert.fail(type);
  const uses: { situation: Situation; run: RunView }[] = [];
  for (const situation of SITUATIONS) {
    const id = await createComponent(account, project, type, situation, services);
    await testComponent(account, project, id, situation);
    const { id: workflow } = await account.call<{ id: string }>('POST', account.at('/workflows'), {
      projectId: project,
      name: `${type} ${situation}`,
      source: role === 'connector' ? { kind: 'component', componentId: id, documents: 'all' } : { kind: 'upload' },
      steps: { connector: [archive], model: [id, archive], publisher: [id] }[role].map((componentId) => ({ componentId })),
    });
    const documents = role === 'connector' ? [] : [await upload(account, project, DOCUMENT)];
    uses.push({ situation, run: await startRun(account, workflow, documents) });
  }
  for (const { situation, run } of uses) await watchRun(account, run.id, `${type} ${situation}`, situation);
}

async function testComponent(account: Account, project: string, id: string, situation: Situation): Promise<void> {
  const path = account.at(`/projects/${project}/components/${id}/test`);
  const { passed, detail } = await account.call<{ passed: boolean; detail: string }>('POST', path);
  assert.equal(passed, situation === 'taken', detail);
}

async function watchRun(account: Account, run: string, label: string, situation: Situation): Promise<void> {
  // It would be tried again for a minute and a half.
  if (situation === 'cut off') await cancelAfterFirstFailure(account, run, label);
  const ended = await finishRun(account, run);
  const expected = { taken: ['succeeded'], refused: ['failed'], 'cut off': ['cancelled', 'failed'] }[situation];
  assert.ok(expected.includes(ended.status), `${label}: ${ended.status} ${JSON.stringify(ended.failure)}`);
  await listItems(account, run);
  for (const part of ['log', 'steps', 'events']) await account.call('GET', account.at(`/runs/${run}/${part}`));
}

/** Cancels a run that goes on trying, when its log holds the first failure. */
export async function cancelAfterFirstFailure(account: Account, run: string, label: string): Promise<void> {
  await eventually(`${label} to fail once`, async () => {
    const { items } = await account.call<{ items: { level: string }[] }>('GET', account.at(`/runs/${run}/log`));
    return items.some(({ level }) => level !== 'info');
  });
  // 409 when that was the last time.
  await account.request('POST', account.at(`/runs/${run}/cancel`));
}

async function createComponent(
  account: Account,
  project: string,
  type: string,
  situation: Situation,
  services: PlantedServices,
  component = `${type} ${situation}`,
): Promise<string> {
  const connector = connectors.get(type) ?? assert.fail(type);
  const key = await sealingKeyOf(account);
  const options = services.optionsOf(type, situation);
  const configuration: Record<string, unknown> = { ...options };
  for (const option of sensitiveOptions(connector.type)) {
    const value = options[option];
    if (typeof value !== 'string') continue;
    const name = `${component}_${option}`.replaceAll(/[ -]/g, '_').toUpperCase();
    // Sealed with where it may go: of a value that names no host, a secret address cannot say it on saving.
    const envelope = await sealFor(account, value, 'secret-value', undefined, connector.destinations(options), key);
    await account.call('PUT', account.at(`/secrets/${name}`), { envelope });
    configuration[option] = `\${secret.${name}}`;
  }
  const body = { name: component, type, configuration, sealedOptions: {} };
  return (await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), body)).id;
}
