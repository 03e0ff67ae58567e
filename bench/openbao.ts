import { randomBytes } from 'node:crypto';
import { createHttpCaller } from './http-caller.ts';
import { type Comparison, compare } from './measure.ts';
import { startSecretsInstance } from './secrets-instance.ts';

const SECRETS = 1_000;
const CALLERS = 16;
/** As long as the sealed value that a create sends us holds. */
const VALUE_BYTES = 200;

/**
 * Creating a secret and reading its metadata, beside an OpenBao that runs already: with a KV version 2 at
 * `secret/`, at the address of HOLDFAST_BENCH_OPENBAO_URL, for the token of HOLDFAST_BENCH_OPENBAO_TOKEN.
 * Measures nothing without the two.
 */
export async function measureOpenBao(): Promise<Comparison[]> {
  const { HOLDFAST_BENCH_OPENBAO_URL: url, HOLDFAST_BENCH_OPENBAO_TOKEN: token } = process.env;
  if (!url || !token) {
    console.log('Not measured: HOLDFAST_BENCH_OPENBAO_URL and HOLDFAST_BENCH_OPENBAO_TOKEN name no OpenBao.');
    return [];
  }
  await using instance = await startSecretsInstance();
  const { account } = instance;
  await instance.addSecrets(SECRETS);
  using caller = createHttpCaller(CALLERS);
  // Nothing of a former run is written over: that would be another version, and no creation.
  const run = randomBytes(4).toString('hex');
  const body = JSON.stringify({ data: { value: randomBytes(VALUE_BYTES).toString('base64url') } });
  let turn = 0;
  const existing = () => `SECRET_${String(turn++ % SECRETS).padStart(7, '0')}`;
  const created = () => `CREATED_${turn++}`;
  const at = (name: string) => `${account.url}${account.at(`/secrets/${name}`)}`;
  const theirs = (kind: 'data' | 'metadata', name: string) => `${url}/v1/secret/${kind}/${run}-${name}`;
  for (let number = 0; number < SECRETS; number += 1) await caller.send('PUT', theirs('data', existing()), token, body);

  const create = () => caller.send('PUT', at(created()), account.token, instance.newSecret());
  const theirCreate = () => caller.send('PUT', theirs('data', created()), token, body);
  const read = () => caller.send('GET', at(existing()), account.token);
  const theirRead = () => caller.send('GET', theirs('metadata', existing()), token);
  const before = () => instance.removeCreated();
  return [
    await compare('create a secret, one caller', create, 'OpenBao', theirCreate, { before }),
    await compare(`the same, ${CALLERS} callers`, create, 'OpenBao', theirCreate, { before, concurrency: CALLERS }),
    await compare(`one secret's metadata, ${CALLERS} callers`, read, 'OpenBao', theirRead, { concurrency: CALLERS }),
  ];
}
