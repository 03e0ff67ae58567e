import { startFloor } from './floor.ts';
import { createHttpCaller } from './http-caller.ts';
import { type Comparison, compare } from './measure.ts';
import { startSecretsInstance } from './secrets-instance.ts';

const SECRETS = 1_000;
const CALLERS = 16;

/**
 * Reading what is known about one secret, and creating one, over HTTP, with permission check, record and all.
 */
export async function measureSecrets(): Promise<Comparison[]> {
  await using instance = await startSecretsInstance();
  const { account } = instance;
  await instance.addSecrets(SECRETS);
  using readFloor = await startFloor('read-secret', instance.databaseUrl);
  using createFloor = await startFloor('create-secret', instance.databaseUrl);
  using caller = createHttpCaller(CALLERS);
  let turn = 0;
  const existing = () => `SECRET_${String(turn++ % SECRETS).padStart(7, '0')}`;
  const created = () => `CREATED_${turn++}`;
  const at = (name: string) => `${account.url}${account.at(`/secrets/${name}`)}`;
  const floorAt = (url: string, name: string) => `${url}/${account.organization.slug}/${name}`;

  const read = () => caller.send('GET', at(existing()), account.token);
  const bareRead = () => caller.send('GET', floorAt(readFloor.url, existing()), account.token);
  const create = () => caller.send('PUT', at(created()), account.token, instance.newSecret());
  const bareCreate = () => caller.send('PUT', floorAt(createFloor.url, created()), account.token, instance.newSecret());

  const saysRead = 'bare Fastify: token look-up, one select of the same columns';
  const saysCreate = 'bare Fastify: token look-up, the same rows and one audit row, one transaction';
  const before = () => instance.removeCreated();
  return [
    await compare("one secret's metadata, one caller", read, saysRead, bareRead),
    await compare(`the same, ${CALLERS} callers`, read, saysRead, bareRead, { concurrency: CALLERS }),
    await compare('create a secret, one caller', create, saysCreate, bareCreate, { before }),
    await compare(`the same, ${CALLERS} callers`, create, saysCreate, bareCreate, { before, concurrency: CALLERS }),
  ];
}
