import pg from 'pg';
import { prepareUse } from '../tests/measurements/use.ts';
import { databaseTimes, millisecondsBetween } from './database-time.ts';
import { createHttpCaller, type HttpCaller } from './http-caller.ts';
import { type Comparison, measure, medianPace, type Pace } from './measure.ts';
import { type SecretsInstance, startSecretsInstance } from './secrets-instance.ts';
import { createSeeding, type Seeding } from './seeding.ts';

const OWN = 100;
const LIMIT = 10_000;
/**
 * Of the whole instance: secrets in organizations of at most 10,000, and as many entries of audit records.
 */
const LARGEST = 1_000_000;
const SIZES = [OWN, 10_000, LARGEST] as const;
/** For what is created. */
const ROOM = 3_000;
const CALLERS = 4;
const ROUNDS = 5;

const amount = (count: number) => count.toLocaleString('en');
const FIRST = `${amount(OWN)} secrets, ${amount(OWN * 10)} entries`;
const inInstance = (size: number) => `${amount(size)} secrets and entries in the instance`;
const IN_ORGANIZATION = `${amount(LIMIT - ROOM)} secrets and ${amount(LARGEST)} entries in the organization`;

/** What is called again and again, and what PostgreSQL has used for it so far. */
interface Side {
  call(): Promise<void>;
  database(): Promise<Map<string, number>>;
  /** Before each round. */
  before?(): Promise<void>;
}

/**
 * Uses of one organization while the instance grows, and then while the organization itself does, by turns
 * with those of one that stays small. Not over HTTP.
 */
export async function measureGrowthOfUse(): Promise<Comparison[]> {
  await using small = await prepareOrganization();
  await using large = await prepareOrganization();
  const comparisons: Comparison[] = [];
  const add = async (at: string) => comparisons.push(await compareSizes('use', at, large, small));
  let size: number = OWN;
  for (const next of SIZES.slice(1)) {
    await large.seeding.addForeignSecrets(next - size);
    await large.seeding.addEntries(next - size, 'elsewhere');
    size = next;
    await add(inInstance(next));
  }
  await large.seeding.addSecrets(LIMIT - OWN - ROOM);
  await large.seeding.addEntries(LARGEST, 'own');
  await add(IN_ORGANIZATION);
  return comparisons;
}

async function prepareOrganization(): Promise<Side & AsyncDisposable & { readonly seeding: Seeding }> {
  const resources = new AsyncDisposableStack();
  const measured = resources.use(await prepareUse());
  const { databaseUrl, organizationId, keyId } = measured.facts;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, options: '-c search_path=holdfast' });
  resources.defer(() => pool.end());
  const seeding = createSeeding(pool, organizationId, keyId);
  await seeding.addSecrets(OWN);
  await seeding.addEntries(OWN * 10, 'own');
  return {
    call: measured.use,
    database: () => databaseTimes(pool, 'data'),
    // The log is followed up to its end first.
    before: measured.use,
    seeding,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** By turns, so that a noisy moment of the machine meets both. */
async function compareSizes(what: string, at: string, large: Side, small: Side): Promise<Comparison> {
  const ofLarge = createRounds(large);
  const ofSmall = createRounds(small);
  for (let round = 0; round < ROUNDS; round += 1) {
    await ofLarge.add();
    await ofSmall.add();
  }
  const [pace, floor] = [medianPace(ofLarge.paces), medianPace(ofSmall.paces)];
  const [grown, former] = [Math.min(...ofLarge.databaseMilliseconds), Math.min(...ofSmall.databaseMilliseconds)];
  const database = !Number.isFinite(grown + former)
    ? 'its time in PostgreSQL is not known'
    : `${(grown / former).toFixed(2)} × its time in PostgreSQL (${former.toFixed(2)} → ${grown.toFixed(2)} ms)`;
  const ratio = (floor.perSecond / pace.perSecond).toFixed(2);
  console.log(`${what}, ${at}: ${Math.round(pace.perSecond)}/s; ${ratio} × dearer than at ${FIRST}; ${database}`);
  return { what: `${what}, ${at}`, pace, floorWhat: `the same at ${FIRST}; ${database}`, floor };
}

function createRounds({ call, database, before }: Side) {
  const paces: Pace[] = [];
  /** Of PostgreSQL for each call, in the rounds in which no session began or ended. */
  const databaseMilliseconds: number[] = [];
  return {
    paces,
    databaseMilliseconds,
    async add() {
      await before?.();
      // So that every caller has a session.
      await measure(call, { concurrency: CALLERS, milliseconds: 100 });
      let calls = 0;
      const counted = () => {
        calls += 1;
        return call();
      };
      const used = await database();
      paces.push(await measure(counted, { concurrency: CALLERS, milliseconds: 500 }));
      const milliseconds = millisecondsBetween(used, await database());
      if (milliseconds !== undefined) databaseMilliseconds.push(milliseconds / calls);
    },
  };
}

/**
 * Requests of one organization while the instance grows, and then while the organization itself does, by
 * turns with those of an instance that stays small, which stands in the place of the floor: the last column
 * should be 1.
 */
export async function measureGrowth(): Promise<Comparison[]> {
  await using small = await startSecretsInstance();
  await using large = await startSecretsInstance();
  using caller = createHttpCaller(CALLERS * 2);
  for (const instance of [small, large]) {
    await instance.addSecrets(OWN);
    await instance.addEntries(OWN * 10, 'own');
  }
  const comparisons: Comparison[] = [];
  const add = async (at: string, entries: number) => {
    const ofSmall = requestsOf(small, caller, OWN * 10);
    const ofLarge = requestsOf(large, caller, entries);
    for (const what of Object.keys(ofLarge) as (keyof typeof ofLarge)[]) {
      const side = (instance: SecretsInstance, call: () => Promise<void>): Side => ({
        call,
        database: instance.controlDatabaseTimes,
        before: instance.removeCreated,
      });
      comparisons.push(await compareSizes(what, at, side(large, ofLarge[what]), side(small, ofSmall[what])));
    }
  };
  let size: number = OWN;
  for (const next of SIZES.slice(1)) {
    await large.addForeignSecrets(next - size);
    await large.addEntries(next - size, 'elsewhere');
    size = next;
    await add(inInstance(next), OWN * 10);
  }
  await large.addSecrets(LIMIT - OWN - ROOM);
  await large.addEntries(LARGEST, 'own');
  await add(IN_ORGANIZATION, OWN * 10 + LARGEST);
  return comparisons;
}

/** @param entries of the organization's record. */
function requestsOf({ account, newSecret }: SecretsInstance, caller: HttpCaller, entries: number) {
  const get = (path: string) => () => caller.send('GET', `${account.url}${account.at(path)}`, account.token);
  return {
    'list page after the first': get(`/secrets?limit=50&cursor=${cursorOf('secret_0000040', 'secret_0000040')}`),
    'first page, with its counts': get('/secrets?limit=50'),
    'search for a part of a name': get('/secrets?limit=50&search=_000004'),
    'metadata of one': get('/secrets/SECRET_0000050'),
    'audit page': get('/audit?limit=50'),
    'audit page from the middle of the record': get(`/audit?limit=50&cursor=${cursorOf(Math.trunc(entries / 2))}`),
    // The small one has 20 of them, and one more than the page is read.
    'audit page of one action and person': get('/audit?limit=19&action=run.start&actor=Ada%2020'),
    'audit page of one secret': get('/audit?limit=50&secret=NONE'),
    create: () => caller.send('PUT', `${account.url}${account.at(`/secrets/CREATED_${turn++}`)}`, account.token, newSecret()),
  };
}

let turn = 0;

function cursorOf(...key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}
