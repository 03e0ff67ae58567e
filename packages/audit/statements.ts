import { ACTIONS, isAuditAction, RECORDERS } from './actions.ts';
import type { LogEntry } from './entry.ts';
import type { AuditEvent } from './event.ts';

/** An entry that cannot stand in a sound log: from here on the log does not verify. */
export class RecordViolation extends Error {
  override readonly name = 'RecordViolation';
  readonly code = 'record_violation';
  readonly sequence: number;

  constructor(sequence: number, what: string) {
    super(`Entry ${sequence} of the record ${what}.`);
    this.sequence = sequence;
  }
}

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
}

/** What a log states: which version of each secret may be used, and under which definitions. */
export interface Statements {
  readonly secrets: ReadonlyMap<string, SecretStatement>;
  /** The digest of each component's definition; `null` after it was deleted. */
  readonly components: ReadonlyMap<string, string | null>;
}

export interface StatementReader extends Statements {
  /**
   * Takes the next entry in. The caller has checked that it follows the former one.
   *
   * @throws RecordViolation when its action is unknown, was recorded by somebody who may not, or says what cannot be.
   */
  apply(entry: LogEntry): AuditEvent;
}

export function createStatements(stored?: Statements): StatementReader {
  const secrets = new Map<string, SecretStatement>(stored?.secrets);
  const components = new Map<string, string | null>(stored?.components);

  function createVersion(entry: LogEntry, secretId: string, { commitment }: AuditEvent): void {
    if (commitment === undefined) throw new RecordViolation(entry.sequence, 'makes a version and does not commit to its ciphertext');
    const known = secrets.get(secretId);
    if (known?.versionId === null) throw new RecordViolation(entry.sequence, 'gives a value to a secret that was deleted');
    const { versionId, ciphertextHash } = commitment;
    if (known !== undefined && (known.versionId === versionId || known.former.includes(versionId))) {
      throw new RecordViolation(entry.sequence, 'puts a former version of a secret back');
    }
    const former = known?.versionId ? [...known.former, known.versionId] : [];
    secrets.set(secretId, { versionId, ciphertextHash, policy: known?.policy, former });
  }

  function deleteSecret(secretId: string): void {
    secrets.set(secretId, { versionId: null, ciphertextHash: '', policy: undefined, former: [] });
  }

  return {
    secrets,
    components,
    apply(entry) {
      const event = checkedEvent(entry);
      const secretId = event.target?.kind === 'secret' ? event.target.id : undefined;
      if (event.outcome === 'success' && secretId !== undefined) {
        if (event.action === 'secret.create' && secrets.has(secretId)) {
          throw new RecordViolation(entry.sequence, 'creates a secret that was created before');
        }
        if (event.action === 'secret.create' || event.action === 'secret.replace') createVersion(entry, secretId, event);
        if (event.action === 'secret.delete') deleteSecret(secretId);
        // A component's own value is replaced by another secret without a name.
        const replaces = event.action === 'secret.replace' ? event.detail?.replaces : undefined;
        if (typeof replaces === 'string') deleteSecret(replaces);
      }
      for (const { kind, id, digest } of event.definitions ?? []) {
        if (kind === 'component') components.set(id, digest);
        else {
          const known = secrets.get(id);
          if (known !== undefined && known.versionId !== null) secrets.set(id, { ...known, policy: digest ?? undefined });
        }
      }
      return event;
    },
  };
}

/** The event of an entry, if its action is known and was recorded by the one who may. */
function checkedEvent({ sequence, recordedBy, body }: LogEntry): AuditEvent {
  let event: Partial<AuditEvent> | null;
  try {
    event = JSON.parse(body) as Partial<AuditEvent> | null;
  } catch {
    throw new RecordViolation(sequence, 'is not JSON');
  }
  const action: unknown = event?.action;
  if (typeof action !== 'string' || !isAuditAction(action)) {
    throw new RecordViolation(sequence, `has an action that this version does not know: ${JSON.stringify(action)?.slice(0, 80)}`);
  }
  if (!RECORDERS.some((recorder) => recorder === recordedBy) || ACTIONS[action] !== recordedBy) {
    throw new RecordViolation(sequence, `has the action ${action}, which “${recordedBy.slice(0, 40)}” may not record`);
  }
  return event as AuditEvent;
}
