import { createIdSet } from './id-set.ts';

/** What the log's newest statement says about a secret. */
export interface SecretStatement {
  /** The version that may be used; `null` after the secret was deleted. */
  readonly versionId: string | null;
  /** base64url SHA-256 of its sealed bytes; empty after the deletion. */
  readonly ciphertextHash: string;
  /** The digest of its policy; `undefined` when none was ever stated. */
  readonly policy: string | undefined;
  /** Versions that were current before: none of them is ever current again. */
  readonly former: readonly string[];
  /** Destinations that owners and admins have approved for its value, whichever version it is. */
  readonly approved: readonly string[];
}

/** Of every secret that there ever was. A Map is one. */
export interface SecretStatements extends Iterable<readonly [id: string, SecretStatement]> {
  readonly size: number;
  get(secretId: string): SecretStatement | undefined;
  has(secretId: string): boolean;
}

export interface MutableSecretStatements extends SecretStatements {
  set(secretId: string, statement: SecretStatement): void;
}

/** One for all secrets: there may be a million. */
export const NONE: readonly string[] = Object.freeze([]);

/** Of a secret that was deleted nothing else is known. */
export const DELETED: SecretStatement = Object.freeze({
  versionId: null,
  ciphertextHash: '',
  policy: undefined,
  former: NONE,
  approved: NONE,
});

/**
 * Statements that take little memory. How many secrets live at once is limited in each organization; how many
 * were deleted is not, and each must be known for ever, so that none is created again: of these the id is
 * kept, in 16 bytes. What is said of a living one is one string, unless it has former versions or approved
 * destinations.
 */
export function createSecretStatements(stored: SecretStatements = new Map()): MutableSecretStatements {
  const living = new Map<string, string | SecretStatement>();
  const deleted = createIdSet();
  const statements: MutableSecretStatements = {
    get size() {
      return living.size + deleted.size;
    },
    get(secretId) {
      const known = living.get(secretId);
      if (known === undefined) return deleted.has(secretId) ? DELETED : undefined;
      return typeof known === 'string' ? unpacked(known) : known;
    },
    has: (secretId) => living.has(secretId) || deleted.has(secretId),
    set(secretId, statement) {
      if (statement.versionId === null) {
        living.delete(secretId);
        deleted.add(secretId);
      } else if (!deleted.has(secretId)) living.set(secretId, packed(statement) ?? statement);
    },
    *[Symbol.iterator]() {
      for (const [id, known] of living) yield [id, typeof known === 'string' ? unpacked(known) : known] as const;
      for (const id of deleted) yield [id, DELETED] as const;
    },
  };
  for (const [id, statement] of stored) statements.set(id, statement);
  return statements;
}

const ID_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Version, hash and policy as bytes, one behind the other; `undefined` for a statement that says more, or is
 * not written as everybody writes it: what comes back has to be the very same.
 */
function packed({ versionId, ciphertextHash, policy, former, approved }: SecretStatement): string | undefined {
  if (versionId === null || former.length > 0 || approved.length > 0) return undefined;
  const parts = [Buffer.from(versionId.replaceAll('-', ''), 'hex'), Buffer.from(ciphertextHash, 'base64url')];
  if (policy !== undefined) parts.push(Buffer.from(policy, 'base64url'));
  const bytes = Buffer.concat(parts);
  if (bytes.length !== ID_BYTES + HASH_BYTES * (parts.length - 1)) return undefined;
  const text = bytes.toString('latin1');
  const back = unpacked(text);
  return back.versionId === versionId && back.ciphertextHash === ciphertextHash && back.policy === policy ? text : undefined;
}

function unpacked(text: string): SecretStatement {
  const bytes = Buffer.from(text, 'latin1');
  const hex = bytes.toString('hex', 0, ID_BYTES);
  return {
    versionId: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
    ciphertextHash: bytes.toString('base64url', ID_BYTES, ID_BYTES + HASH_BYTES),
    policy: bytes.length > ID_BYTES + HASH_BYTES ? bytes.toString('base64url', ID_BYTES + HASH_BYTES) : undefined,
    former: NONE,
    approved: NONE,
  };
}
