import { createHttpCaller } from './http-caller.ts';
import { type Comparison, measure, medianPace, type Pace } from './measure.ts';
import { startSecretsInstance } from './secrets-instance.ts';

const OWN = 100;
const LIMIT = 10_000;
/** Of the whole instance, in organizations of at most 10,000. */
const SIZES = [OWN, 10_000, 1_000_000] as const;
const CALLERS = 4;
const ROUNDS = 5;

/**
 * The same requests of one organization while the instance grows, and then while the organization itself
 * does. What was measured at 100 secrets stands in the place of the floor: the last column should be 1.
 */
export async function measureGrowth(): Promise<Comparison[]> {
  await using instance = await startSecretsInstance();
  const { account } = instance;
  using caller = createHttpCaller(CALLERS);
  const get = (path: string) => () => caller.send('GET', `${account.url}${account.at(path)}`, account.token);
  let turn = 0;
  const calls: Record<string, () => Promise<void>> = {
    'list page after the first': get(`/secrets?limit=50&cursor=${cursorAfter('secret_0000040')}`),
    'first page, with its counts': get('/secrets?limit=50'),
    'search for a part of a name': get('/secrets?limit=50&search=_000004'),
    'metadata of one': get('/secrets/SECRET_0000050'),
    create: () => caller.send('PUT', `${account.url}${account.at(`/secrets/CREATED_${turn++}`)}`, account.token, instance.newSecret()),
  };

  async function measureAll(): Promise<Map<string, Pace>> {
    const paces = new Map<string, Pace>();
    for (const [what, call] of Object.entries(calls)) {
      const rounds: Pace[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await instance.removeCreated();
        rounds.push(await measure(call, { concurrency: CALLERS, milliseconds: 500 }));
      }
      paces.set(what, medianPace(rounds));
    }
    await instance.removeCreated();
    return paces;
  }

  await instance.addSecrets(OWN);
  const least = await measureAll();
  const comparisons: Comparison[] = [];
  const add = (at: string, paces: Map<string, Pace>) => {
    for (const [what, pace] of paces) {
      const floor = least.get(what);
      if (floor === undefined) continue;
      comparisons.push({ what: `${what}, ${at}`, pace, floorWhat: `the same at ${OWN} secrets`, floor });
      console.log(
        `${what}, ${at}: ${Math.round(pace.perSecond)}/s; ${(floor.perSecond / pace.perSecond).toFixed(2)} × dearer than at ${OWN}`,
      );
    }
  };
  let size: number = OWN;
  for (const next of SIZES.slice(1)) {
    await instance.addForeignSecrets(next - size);
    size = next;
    add(`${next.toLocaleString('en')} secrets in the instance`, await measureAll());
  }
  // Room is left for what is created.
  await instance.addSecrets(LIMIT - OWN - 3_000);
  add(`${(LIMIT - 3_000).toLocaleString('en')} of them in the organization`, await measureAll());
  return comparisons;
}

function cursorAfter(name: string): string {
  return Buffer.from(JSON.stringify([name, name])).toString('base64url');
}
