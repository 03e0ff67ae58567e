import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReSealCheck, createStatements, DELETED, LogTree, type SecretStatement, verifyCheckpoint } from '@holdfast/audit';
import type { DestinationMode } from '@holdfast/envelope';
import type { SigningKey } from '../keys/signing-key.ts';
import type { FollowedState } from './followed-log.ts';

/** What is known of a log at one moment. */
export interface SnapshotFacts {
  readonly levels: readonly Buffer[];
  readonly latestTime: number;
  readonly lastHash: Buffer;
  readonly secrets: readonly (readonly [id: string, SecretStatement])[];
  readonly components: readonly [id: string, digest: string | null][];
  readonly triggers: readonly [id: string, digest: string | null][];
  readonly tests: readonly [id: string, digest: string][];
  readonly destinationMode: DestinationMode;
}

interface Stored extends Omit<SnapshotFacts, 'levels' | 'lastHash' | 'secrets'> {
  /** `null` of a secret that was deleted. */
  readonly secrets: readonly [id: string, SecretStatement | null][];
  /** The checkpoint that was signed over the same log; it binds size and root. */
  readonly checkpoint: string;
  /** base64. */
  readonly levels: readonly string[];
  readonly lastHash: string;
}

/**
 * What was followed, at the moment of a checkpoint, as text: a line with a signature of the data plane's
 * signing key, then JSON. The signature keeps others from writing statements of their own; the signing key is
 * wrapped by the root key.
 */
export function writeSnapshot(log: SnapshotFacts, checkpoint: string, signingKey: SigningKey): string {
  const secrets = log.secrets.map(([id, stated]): Stored['secrets'][number] => [id, stated.versionId === null ? null : stated]);
  const stored: Stored = { ...log, secrets, checkpoint, levels: log.levels.map(base64), lastHash: base64(log.lastHash) };
  const body = JSON.stringify(stored);
  return `${signingKey.sign(statementOver(body)).toString('base64')}\n${body}\n`;
}

/**
 * `undefined` when it was not written by {@link writeSnapshot} under this key, or is not of the log: the log
 * is then read as a whole.
 */
export function readSnapshot(text: string, organizationId: string, signingKey: SigningKey): FollowedState | undefined {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1, -1);
  const signature = Buffer.from(text.slice(0, end), 'base64');
  if (!verify(null, statementOver(body), createPublicKey(signingKey.privateKey), signature)) return undefined;
  const stored = JSON.parse(body) as Stored;
  const checkpoint = verifyCheckpoint(stored.checkpoint, signingKey.publicKey.toString('base64url'));
  const tree = LogTree.restore(
    checkpoint.size,
    stored.levels.map((hashes) => Buffer.from(hashes, 'base64')),
  );
  if (checkpoint.organizationId !== organizationId || !tree.root().equals(checkpoint.root)) return undefined;
  const log = { instanceId: checkpoint.instanceId, organizationId, signingKeys: [signingKey.publicKey.toString('base64url')] };
  const statements = createStatements(
    {
      secrets: new Map(stored.secrets.map(([id, stated]) => [id, stated ?? DELETED])),
      components: new Map(stored.components),
      triggers: new Map(stored.triggers),
      tests: new Map(stored.tests),
      destinationMode: stored.destinationMode,
    },
    createReSealCheck(log),
  );
  return { tree, statements, latestTime: stored.latestTime, lastHash: Buffer.from(stored.lastHash, 'base64') };
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}

function statementOver(body: string): Buffer {
  return Buffer.from(`holdfast/record-snapshot/v4\n${createHash('sha256').update(body).digest('hex')}`);
}
