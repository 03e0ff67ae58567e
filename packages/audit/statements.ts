import { DESTINATION_MODES, type DestinationMode } from '@holdfast/envelope';
import { isAuditAction, mayRecord, type Recorder } from './actions.ts';
import { isCanonicalBody } from './canonical-body.ts';
import type { LogEntry } from './entry.ts';
import type { AuditEvent, Definition } from './event.ts';
import type { ReSealCheck } from './re-seal.ts';
import { createSecretStatements, DELETED, NONE, type SecretStatements } from './secret-statements.ts';

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

/** What a log states: which version of each secret may be used, and under which definitions. */
export interface Statements {
  readonly secrets: SecretStatements;
  /** The digest of each component's definition; `null` after it was deleted. */
  readonly components: ReadonlyMap<string, string | null>;
  /** The same of triggers. */
  readonly triggers: ReadonlyMap<string, string | null>;
  /** The digest of each test of an unsaved component that has begun and not ended. */
  readonly tests: ReadonlyMap<string, string>;
  /** `enforce` until an owner or admin has said otherwise. */
  readonly destinationMode: DestinationMode;
}

/**
 * The digest that holds for what a definition is of; `null` after it was deleted, `undefined` when none was
 * ever stated, or no longer holds.
 */
export function statedDigest(
  { secrets, components, triggers, tests }: Statements,
  { kind, id }: Pick<Definition, 'kind' | 'id'>,
): string | null | undefined {
  switch (kind) {
    case 'secret':
      return secrets.get(id)?.policy;
    case 'component':
      return components.get(id);
    case 'trigger':
      return triggers.get(id);
    case 'component-test':
      return tests.get(id);
  }
}

export interface StatementReader extends Statements {
  /**
   * Takes the next entry in. The caller has checked that it follows the former one.
   *
   * @param made the event that the caller made its body of, with `canonicalBody`: then it need not be read
   *   from that again. Who may record it is checked all the same.
   * @throws RecordViolation when it is not a canonical event, its action is unknown or was recorded by
   * somebody who may not, or it says what cannot be.
   */
  apply(entry: LogEntry, made?: AuditEvent): AuditEvent;
}

/**
 * Begins to read what entries of one log state, in the order of the log.
 *
 * @param stored what the entries before have stated, which stays as it is.
 * @param isReSealSigned without it no re-seal is believed.
 * @throws nothing by itself: `apply` throws {@link RecordViolation}.
 */
export function createStatements(stored?: Statements, isReSealSigned: ReSealCheck = () => false): StatementReader {
  const secrets = createSecretStatements(stored?.secrets);
  const components = new Map<string, string | null>(stored?.components);
  const triggers = new Map<string, string | null>(stored?.triggers);
  const tests = new Map<string, string>(stored?.tests);
  let destinationMode: DestinationMode = stored?.destinationMode ?? 'enforce';

  function createVersion({ sequence }: LogEntry, { action, target, commitment, detail }: StatedSecret): void {
    if (commitment === undefined) throw new RecordViolation(sequence, 'makes a version and does not commit to its ciphertext');
    const { versionId, ciphertextHash } = commitment;
    if (target.versionId !== versionId) throw new RecordViolation(sequence, 'names one version and commits to another');
    const known = secrets.get(target.id);
    if (action === 'secret.create' && known !== undefined) throw new RecordViolation(sequence, 'creates a secret that was created before');
    // A component's own value is replaced by another secret without a name.
    if (action === 'secret.replace' && known === undefined && typeof detail?.replaces !== 'string') {
      throw new RecordViolation(sequence, 'replaces the value of a secret that was never created');
    }
    if (known?.versionId === null) throw new RecordViolation(sequence, 'gives a value to a secret that was deleted');
    if (known !== undefined && (known.versionId === versionId || known.former.includes(versionId))) {
      throw new RecordViolation(sequence, 'puts a former version of a secret back');
    }
    const former = known?.versionId ? [...known.former, known.versionId] : NONE;
    secrets.set(target.id, { versionId, ciphertextHash, policy: known?.policy, former, approved: known?.approved ?? NONE });
    if (typeof detail?.replaces === 'string') deleteSecret(detail.replaces);
  }

  /**
   * The same version with other bytes. A process that cannot open the value cannot state it: see re-seal.ts.
   */
  function reSealVersion({ sequence }: LogEntry, { target, commitment, detail }: StatedSecret): void {
    if (commitment === undefined) throw new RecordViolation(sequence, 'seals a version again and does not commit to its ciphertext');
    const { versionId, ciphertextHash } = commitment;
    const known = secrets.get(target.id);
    if (known === undefined || known.versionId !== versionId || target.versionId !== versionId) {
      throw new RecordViolation(sequence, 'seals a version again that is not the one that holds');
    }
    const { formerHash, key, signature } = detail ?? {};
    if (formerHash !== known.ciphertextHash) throw new RecordViolation(sequence, 'seals other bytes again than those that hold');
    const isSigned =
      typeof key === 'string' &&
      typeof signature === 'string' &&
      isReSealSigned({ secretId: target.id, versionId, keyId: key, formerHash, ciphertextHash }, signature);
    if (!isSigned) throw new RecordViolation(sequence, 'seals a version again without the signature of the data plane');
    secrets.set(target.id, { ...known, ciphertextHash });
  }

  function deleteSecret(secretId: string): void {
    secrets.set(secretId, DELETED);
  }

  /** Of a secret that was never created, or is deleted, nothing can be approved. */
  function approve({ sequence }: LogEntry, { action, target, detail }: StatedSecret): void {
    const destination = detail?.destination;
    if (typeof destination !== 'string') throw new RecordViolation(sequence, 'decides about a destination and names none');
    const known = secrets.get(target.id);
    if (known === undefined || known.versionId === null) return;
    const others = known.approved.filter((approved) => approved !== destination);
    secrets.set(target.id, { ...known, approved: action === 'destination.approve' ? [...others, destination].sort() : others });
  }

  function setDestinationMode({ sequence }: LogEntry, mode: unknown): void {
    const known = DESTINATION_MODES.find((candidate) => candidate === mode);
    if (known === undefined) throw new RecordViolation(sequence, 'sets a destination mode that this version does not know');
    destinationMode = known;
  }

  function define({ kind, id, digest }: Definition): void {
    if (kind === 'component') components.set(id, digest);
    else if (kind === 'trigger') triggers.set(id, digest);
    else if (kind === 'secret') {
      const known = secrets.get(id);
      if (known !== undefined && known.versionId !== null) secrets.set(id, { ...known, policy: digest ?? undefined });
    }
  }

  /**
   * A test has to be on the record before it is made, so its intent states it; how it ended takes that back.
   */
  function defineTest({ kind, id, digest }: Definition): void {
    if (kind !== 'component-test') return;
    if (digest === null) tests.delete(id);
    else tests.set(id, digest);
  }

  return {
    secrets,
    components,
    triggers,
    tests,
    get destinationMode() {
      return destinationMode;
    },
    apply(entry, made) {
      const event = checkedEvent(entry, made);
      if (event.action === 'component.test') {
        event.definitions?.forEach(defineTest);
        return event;
      }
      // What was refused or failed changed nothing.
      if (event.outcome !== 'success') return event;
      if (event.target?.kind === 'secret') {
        const stated: StatedSecret = { ...event, target: event.target };
        if (event.action === 'secret.create' || event.action === 'secret.replace') createVersion(entry, stated);
        if (event.action === 'secret.re-seal') reSealVersion(entry, stated);
        if (event.action === 'secret.delete') deleteSecret(event.target.id);
        if (DECISIONS.has(event.action)) approve(entry, stated);
      }
      if (event.action === 'organization.set-destination-mode') setDestinationMode(entry, event.detail?.mode);
      if (mayDefine(event.action, entry.recordedBy)) event.definitions?.forEach(define);
      return event;
    },
  };
}

/**
 * What decides where a value goes is stated by the plane that people change it in, and by the operator who
 * restores a backup, which pauses triggers. Another recorder's definitions state nothing.
 */
function mayDefine(action: AuditEvent['action'], recordedBy: string): boolean {
  return recordedBy === ('control' satisfies Recorder) || action === 'instance.restore';
}

/** A destination that is refused or revoked is approved no longer, if it ever was. */
const DECISIONS: ReadonlySet<AuditEvent['action']> = new Set(['destination.approve', 'destination.refuse', 'destination.revoke']);

type StatedSecret = AuditEvent & { readonly target: NonNullable<AuditEvent['target']> };

/** The event of an entry, if it has the form of one and was recorded by the one who may. */
function checkedEvent({ sequence, recordedBy, body }: LogEntry, made?: AuditEvent): AuditEvent {
  let event: AuditEvent;
  try {
    event = made ?? JSON.parse(body);
  } catch {
    throw new RecordViolation(sequence, 'is not JSON');
  }
  const action: unknown = event?.action;
  if (typeof action !== 'string' || !isAuditAction(action)) {
    const named =
      typeof action === 'string' ? JSON.stringify(action.slice(0, 80)) : `no text but ${action === null ? 'null' : typeof action}`;
    throw new RecordViolation(sequence, `has an action that this version does not know: ${named}`);
  }
  if (!mayRecord(action, recordedBy)) {
    throw new RecordViolation(sequence, `has the action ${action}, which “${recordedBy.slice(0, 40)}” may not record`);
  }
  if (made === undefined && !isCanonicalBody(body, event)) throw new RecordViolation(sequence, 'does not have the form of an event');
  return event;
}
