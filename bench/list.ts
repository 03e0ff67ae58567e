import { startFloor } from './floor.ts';
import { createHttpCaller } from './http-caller.ts';
import { type Comparison, compare } from './measure.ts';
import { startSecretsInstance } from './secrets-instance.ts';

const SECRETS = 10_000;
const CALLERS = 16;

/**
 * A page of 50 from the middle of 10,000 secrets, over HTTP, with all its columns, permission check and all.
 */
export async function measureList(): Promise<Comparison[]> {
  await using instance = await startSecretsInstance();
  const { account } = instance;
  await instance.addSecrets(SECRETS);
  using floor = await startFloor('list-secrets', instance.databaseUrl);
  using caller = createHttpCaller(CALLERS);
  const after = 'secret_0005000';
  const cursor = Buffer.from(JSON.stringify([after, after])).toString('base64url');
  const page = `${account.url}${account.at(`/secrets?limit=50&cursor=${cursor}`)}`;
  const floorPage = `${floor.url}/${account.organization.slug}?after=${after}`;
  const ours = () => caller.send('GET', page, account.token);
  const bare = () => caller.send('GET', floorPage, account.token);
  const says = 'bare Fastify: token look-up, one select of the same columns';
  return [
    await compare('list page of 50 from 10,000, one caller', ours, says, bare),
    await compare(`the same, ${CALLERS} callers`, ours, says, bare, { concurrency: CALLERS }),
  ];
}
