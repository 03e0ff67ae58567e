import pg from 'pg';
import { prepareUse } from '../tests/measurements/use.ts';
import { databaseMilliseconds, databaseTimes } from './database-time.ts';
import { createHttpCaller } from './http-caller.ts';
import { type Comparison, measure, medianPace, type Pace } from './measure.ts';
import { startSecretsInstance } from './secrets-instance.ts';
import { createSeeding } from './seeding.ts';

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

/** A pace, and PostgreSQL's processor time for each call in the round in which it was least. */
interface Grown extends Pace {
  readonly databaseMilliseconds: number;
}

/**
 * Uses of one organization while the instance grows, and then while the organization itself does. Not over
 * HTTP.
 */
export async function measureGrowthOfUse(): Promise<Comparison[]> {
  await using measured = await prepareUse();
  const { databaseUrl, organizationId, keyId } = measured.facts;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, options: '-c search_path=holdfast' });
  await using _closing = { [Symbol.asyncDispose]: () => pool.end() };
  const seeding = createSeeding(pool, organizationId, keyId);
  const database = () => databaseTimes(pool, 'data');
  const measureThem = async () => {
    // The log is followed up to its end first.
    await measured.use();
    return measureRounds(measured.use, database);
  };
  await seeding.addSecrets(OWN);
  await seeding.addEntries(OWN * 10, 'own');
  const floor = await measureThem();
  const comparisons: Comparison[] = [];
  const add = async (at: string) => comparisons.push(compared('use', at, await measureThem(), floor));
  let size: number = OWN;
  for (const next of SIZES.slice(1)) {
    await seeding.addForeignSecrets(next - size);
    await seeding.addEntries(next - size, 'elsewhere');
    size = next;
    await add(inInstance(next));
  }
  await seeding.addSecrets(LIMIT - OWN - ROOM);
  await seeding.addEntries(LARGEST, 'own');
  await add(IN_ORGANIZATION);
  return comparisons;
}

async function measureRounds(
  call: () => Promise<void>,
  database: () => Promise<Map<string, number>>,
  before = async () => {},
): Promise<Grown> {
  const rounds: Pace[] = [];
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await before();
    // So that every caller has a session.
    await measure(call, { concurrency: CALLERS, milliseconds: 100 });
    let calls = 0;
    const counted = () => {
      calls += 1;
      return call();
    };
    const used = await database();
    rounds.push(await measure(counted, { concurrency: CALLERS, milliseconds: 500 }));
    const milliseconds = databaseMilliseconds(used, await database());
    if (milliseconds !== undefined) times.push(milliseconds / calls);
  }
  return { ...medianPace(rounds), databaseMilliseconds: Math.min(...times) };
}

function compared(what: string, at: string, pace: Grown, floor: Grown): Comparison {
  const ratio = (floor.perSecond / pace.perSecond).toFixed(2);
  const ofDatabase = (pace.databaseMilliseconds / floor.databaseMilliseconds).toFixed(2);
  const database = `${ofDatabase} × its time in PostgreSQL (${floor.databaseMilliseconds.toFixed(2)} → ${pace.databaseMilliseconds.toFixed(2)} ms)`;
  console.log(`${what}, ${at}: ${Math.round(pace.perSecond)}/s; ${ratio} × dearer than at ${FIRST}; ${database}`);
  return { what: `${what}, ${at}`, pace, floorWhat: `the same at ${FIRST}; ${database}`, floor };
}

/**
 * The same requests of one organization while the instance grows, and then while the organization itself
 * does. What was measured first stands in the place of the floor: the last column should be 1.
 */
export async function measureGrowth(): Promise<Comparison[]> {
  await using instance = await startSecretsInstance();
  const { account } = instance;
  using caller = createHttpCaller(CALLERS);
  const get = (path: string) => () => caller.send('GET', `${account.url}${account.at(path)}`, account.token);
  let turn = 0;
  let entries: number = OWN * 10;
  const calls: Record<string, () => Promise<void>> = {
    'list page after the first': get(`/secrets?limit=50&cursor=${cursorOf('secret_0000040', 'secret_0000040')}`),
    'first page, with its counts': get('/secrets?limit=50'),
    'search for a part of a name': get('/secrets?limit=50&search=_000004'),
    'metadata of one': get('/secrets/SECRET_0000050'),
    'audit page': get('/audit?limit=50'),
    'audit page from the middle of the record': () => get(`/audit?limit=50&cursor=${cursorOf(Math.trunc(entries / 2))}`)(),
    'audit page of one action and person': get('/audit?limit=50&action=run.start&actor=Ada%2020'),
    'audit page of one secret': get('/audit?limit=50&secret=CREATED_1'),
    create: () => caller.send('PUT', `${account.url}${account.at(`/secrets/CREATED_${turn++}`)}`, account.token, instance.newSecret()),
  };

  async function measureAll(): Promise<Map<string, Grown>> {
    const paces = new Map<string, Grown>();
    for (const [what, call] of Object.entries(calls)) {
      paces.set(what, await measureRounds(call, instance.controlDatabaseTimes, instance.removeCreated));
    }
    await instance.removeCreated();
    return paces;
  }

  await instance.addSecrets(OWN);
  await instance.addEntries(OWN * 10, 'own');
  // What the planes and PostgreSQL do the first time would make the first figures, and with them all others,
  // wrong.
  await measureAll();
  const least = await measureAll();
  const comparisons: Comparison[] = [];
  const add = (at: string, paces: Map<string, Grown>) => {
    for (const [what, pace] of paces) comparisons.push(compared(what, at, pace, least.get(what) ?? pace));
  };
  let size: number = OWN;
  for (const next of SIZES.slice(1)) {
    await instance.addForeignSecrets(next - size);
    await instance.addEntries(next - size, 'elsewhere');
    size = next;
    add(inInstance(next), await measureAll());
  }
  await instance.addSecrets(LIMIT - OWN - ROOM);
  await instance.addEntries(LARGEST, 'own');
  entries += LARGEST;
  add(IN_ORGANIZATION, await measureAll());
  return comparisons;
}

function cursorOf(...key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}
