import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  additionalData,
  encodeSealed,
  encodeValueRecord,
  fingerprint,
  SEAL_INFO,
  type SealContext,
  sealingKeyStatement,
  toBase64url,
} from '@holdfast/envelope';
import { XWing } from '@noble/post-quantum/hybrid.js';
import { encryptWithRandomness } from './fixed-encapsulation.ts';

/** What a vector file says of one sealed value. Bytes are base64url. */
export interface SealedVector {
  readonly name: string;
  readonly context: SealContext;
  readonly sealed: string;
  readonly value: string;
  readonly destinations: readonly string[];
  /** Also given to check intermediate steps. */
  readonly additionalData: string;
  readonly record: string;
  readonly randomness: string;
}

export interface RefusedVector {
  readonly name: string;
  readonly why: string;
  readonly context: SealContext;
  readonly sealed: string;
  /** `format` is refused without a key already, `open` only by opening. */
  readonly refusedBy: 'format' | 'open';
}

export interface SealedValueVectors {
  readonly format: 'holdfast-sealed-value-vectors/1';
  readonly key: { readonly privateKey: string; readonly publicKey: string; readonly fingerprint: string };
  readonly statement: {
    readonly instanceId: string;
    readonly organizationId: string;
    readonly keyId: string;
    readonly generation: number;
    readonly statement: string;
    readonly signingSeed: string;
    readonly signingKey: string;
    readonly signature: string;
  };
  readonly good: readonly SealedVector[];
  readonly refused: readonly RefusedVector[];
}

const CONTEXT: SealContext = {
  instanceId: '01932c00-0000-7000-8000-000000000001',
  organizationId: '01932c00-0000-7000-8000-000000000002',
  secretId: '01932c00-0000-7000-8000-000000000003',
  versionId: '01932c00-0000-7000-8000-000000000004',
  keyId: '01932c00-0000-7000-8000-000000000005',
  kind: 'secret-value',
};
const OTHER_ID = '01932c00-0000-7000-8000-0000000000ff';

const VALUES: readonly { name: string; value: string; destinations: readonly string[]; kind?: SealContext['kind'] }[] = [
  { name: 'one character, any approved destination', value: 'x', destinations: [] },
  {
    name: 'a connection string with its destination',
    value: 'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=bm90IGEga2V5;EndpointSuffix=core.windows.net',
    destinations: ['https://acme.blob.core.windows.net:443'],
  },
  {
    name: 'several lines, a byte order mark, characters beyond the basic plane, a NUL',
    value: '\ufeffline one\r\nline two\n\u{1f511} ключ\u0000 ',
    destinations: ['http://[::1]:8080', 'https://api.example.com:443'],
  },
  { name: 'the longest value of the first bucket', value: 'a'.repeat(250), destinations: [] },
  { name: 'the shortest value of the second bucket', value: 'a'.repeat(251), destinations: [] },
  { name: "a component's own value", value: 'correct horse battery staple', destinations: [], kind: 'component-value' },
];

export async function sealedValueVectors(): Promise<SealedValueVectors> {
  const privateKey = seed('organization key');
  const { publicKey } = XWing.keygen(privateKey);
  const good = await Promise.all(VALUES.map((value) => goodVector(publicKey, value)));
  return {
    format: 'holdfast-sealed-value-vectors/1',
    key: { privateKey: toBase64url(privateKey), publicKey: toBase64url(publicKey), fingerprint: await fingerprint(publicKey) },
    statement: statementVector(publicKey),
    good,
    refused: [...(await refusedFlips(publicKey)), ...(await refusedContexts(publicKey)), ...(await refusedSeals(publicKey))],
  };
}

async function goodVector(publicKey: Uint8Array, input: (typeof VALUES)[number]): Promise<SealedVector> {
  const context = { ...CONTEXT, kind: input.kind ?? CONTEXT.kind };
  const record = encodeValueRecord(input);
  const randomness = randomnessOf(input.name);
  const sealed = await sealRecord(publicKey, context, record, { randomness });
  return {
    name: input.name,
    context,
    sealed: toBase64url(sealed),
    value: input.value,
    destinations: input.destinations,
    additionalData: toBase64url(additionalData(context)),
    record: toBase64url(record),
    randomness: toBase64url(randomness),
  };
}

function statementVector(publicKey: Uint8Array): SealedValueVectors['statement'] {
  const { instanceId, organizationId, keyId } = CONTEXT;
  const statement = sealingKeyStatement({ instanceId, organizationId, keyId, generation: 1, publicKey });
  const signer = ed25519Key('signing key');
  return {
    instanceId,
    organizationId,
    keyId,
    generation: 1,
    statement: toBase64url(statement),
    signingSeed: toBase64url(signer.seed),
    signingKey: toBase64url(signer.publicKey),
    signature: toBase64url(sign(null, statement, signer.privateKey)),
  };
}

async function refusedFlips(publicKey: Uint8Array): Promise<RefusedVector[]> {
  const sealed = await sealRecord(publicKey, CONTEXT, encodeValueRecord({ value: 'flip me', destinations: [] }));
  const flip = (position: number, bit = 1) => Uint8Array.from(sealed, (byte, index) => (index === position ? byte ^ bit : byte));
  const refused = (name: string, bytes: Uint8Array, refusedBy: RefusedVector['refusedBy']): RefusedVector => ({
    name,
    why: 'The bytes differ from what was sealed.',
    context: CONTEXT,
    sealed: toBase64url(bytes),
    refusedBy,
  });
  return [
    refused('magic changed', flip(0), 'format'),
    refused('suite changed', flip(4), 'format'),
    refused('key id changed', flip(20), 'open'),
    refused('first byte of the ML-KEM ciphertext changed', flip(21), 'open'),
    refused('last byte of the ML-KEM ciphertext changed', flip(1108), 'open'),
    refused('first byte of the X25519 share changed', flip(1109), 'open'),
    refused('the bit of the X25519 share that X25519 itself ignores changed', flip(1140, 0x80), 'open'),
    refused('first byte of the ciphertext changed', flip(1141), 'open'),
    refused('last byte of the tag changed', flip(sealed.length - 1), 'open'),
    refused('last byte missing', sealed.slice(0, -1), 'format'),
    refused('one byte more', Uint8Array.of(...sealed, 0), 'format'),
    refused(
      'X25519 share of small order',
      Uint8Array.from(sealed, (byte, at) => (at >= 1109 && at < 1141 ? 0 : byte)),
      'open',
    ),
  ];
}

async function refusedContexts(publicKey: Uint8Array): Promise<RefusedVector[]> {
  const sealed = toBase64url(await sealRecord(publicKey, CONTEXT, encodeValueRecord({ value: 'move me', destinations: [] })));
  const moves: readonly [string, Partial<SealContext>][] = [
    ['moved to another instance', { instanceId: OTHER_ID }],
    ['moved to another organization', { organizationId: OTHER_ID }],
    ['moved to another secret', { secretId: OTHER_ID }],
    ['moved to another version', { versionId: OTHER_ID }],
    ['said to be under another key', { keyId: OTHER_ID }],
    ["used as a component's own value", { kind: 'component-value' }],
    ['secret and version exchanged', { secretId: CONTEXT.versionId, versionId: CONTEXT.secretId }],
  ];
  return moves.map(([name, change]) => ({
    name,
    why: 'It was sealed in another context.',
    context: { ...CONTEXT, ...change },
    sealed,
    refusedBy: 'open',
  }));
}

async function refusedSeals(publicKey: Uint8Array): Promise<RefusedVector[]> {
  const record = encodeValueRecord({ value: 'well made', destinations: ['https://a.example:443', 'https://b.example:443'] });
  const text = Buffer.from(record).toString('latin1');
  const spelledOtherwise = (from: string, to: string) => Uint8Array.from(Buffer.from(text.replace(from, to), 'latin1'));
  const edited = (edit: (bytes: Uint8Array) => void) => {
    const copy = record.slice();
    edit(copy);
    return copy;
  };
  const other = XWing.keygen(seed('another organization key')).publicKey;
  const cases: readonly [string, string, Promise<Uint8Array>][] = [
    ['sealed for another key', 'The key that opens is another.', sealRecord(other, CONTEXT, record)],
    [
      'sealed under another info',
      'Another protocol sealed it.',
      sealRecord(publicKey, CONTEXT, record, { info: new TextEncoder().encode('holdfast/secret-value/v2') }),
    ],
    [
      'padding that is not zero',
      'A record has one spelling.',
      sealRecord(
        publicKey,
        CONTEXT,
        edited((bytes) => bytes.fill(1, -1)),
      ),
    ],
    [
      'padded to a larger bucket than needed',
      'A record has one spelling.',
      sealRecord(publicKey, CONTEXT, Uint8Array.of(...record, ...new Uint8Array(256))),
    ],
    [
      'destinations not in order',
      'A record has one spelling.',
      sealRecord(publicKey, CONTEXT, spelledOtherwise('https://a.', 'https://c.')),
    ],
    ['a destination twice', 'A record has one spelling.', sealRecord(publicKey, CONTEXT, spelledOtherwise('https://b.', 'https://a.'))],
    [
      'a destination in capitals',
      'Destinations are in lower case.',
      sealRecord(publicKey, CONTEXT, spelledOtherwise('b.example', 'b.EXAMPLE')),
    ],
    ['a value that is not UTF-8', 'Values are UTF-8.', sealRecord(publicKey, CONTEXT, spelledOtherwise('well', '\xffell'))],
    ['an empty value', 'A value has at least one byte.', sealRecord(publicKey, CONTEXT, new Uint8Array(256))],
    [
      'a length beyond the record',
      'Lengths stay inside the record.',
      sealRecord(
        publicKey,
        CONTEXT,
        edited((bytes) => bytes.fill(0xff, 0, 4)),
      ),
    ],
  ];
  return Promise.all(
    cases.map(async ([name, why, sealed]) => ({
      name,
      why,
      context: CONTEXT,
      sealed: toBase64url(await sealed),
      refusedBy: 'open' as const,
    })),
  );
}

async function sealRecord(
  publicKey: Uint8Array,
  context: SealContext,
  record: Uint8Array,
  chosen: { randomness?: Uint8Array; info?: Uint8Array } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { randomness = randomnessOf(Buffer.from(record).toString('hex')), info = SEAL_INFO } = chosen;
  const bound = { info, aad: additionalData(context) };
  return encodeSealed({ keyId: context.keyId, ...(await encryptWithRandomness(randomness, publicKey, record, bound)) });
}

/** Keys of the vectors are public: SHA-256 of a name. */
export function seed(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(`holdfast vectors: ${name}`).digest());
}

function randomnessOf(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...seed(`${name}, ML-KEM`), ...seed(`${name}, X25519`)]);
}

export function ed25519Key(name: string) {
  const bytes = seed(name);
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { seed: bytes, privateKey, publicKey: new Uint8Array(publicKey) };
}
