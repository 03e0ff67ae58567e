import { isAuditAction } from './actions.ts';
import { ACTOR_KINDS, type AuditEvent, BODY_MAXIMUM_BYTES, OUTCOMES } from './event.ts';

/**
 * The event cannot be recorded as it is: a mistake in the program that made it, so nothing must happen that
 * it was to record.
 */
export class AuditEventError extends Error {
  override readonly name = 'AuditEventError';
  readonly code = 'audit_event_invalid';
}

const DEFINED_KINDS: readonly string[] = ['secret', 'component', 'component-test', 'trigger'];

/** Every field an event may have, by the object it is in. `*` stands for any name. */
const FIELDS = {
  event: ['action', 'actor', 'outcome', 'target', 'context', 'detail', 'commitment', 'definitions'],
  actor: ['kind', 'id', 'name'],
  target: ['kind', 'id', 'name', 'versionId'],
  commitment: ['versionId', 'ciphertextHash'],
  definition: ['kind', 'id', 'digest'],
} as const;

/**
 * The event as canonical JSON (RFC 8785): the very text that is hashed and stored. A field that is
 * `undefined` is left out; an unknown one, a wrong type, a lone surrogate, a NUL character or more than
 * 61,440 bytes throws {@link AuditEventError}.
 */
export function canonicalBody(event: AuditEvent): string {
  checkEvent(event);
  const body = plainBody(event) ?? canonicalJson(event, 'event');
  // Of so few UTF-16 code units no more bytes can come.
  const bytes = body.length * 3 <= BODY_MAXIMUM_BYTES ? 0 : Buffer.byteLength(body);
  if (bytes > BODY_MAXIMUM_BYTES) throw new AuditEventError(`The event has ${bytes} bytes; at most ${BODY_MAXIMUM_BYTES} can be recorded.`);
  return body;
}

/** How JSON.stringify writes a lone surrogate or a NUL character, which no event may hold. */
const NOT_RECORDABLE = /\\u(?:0000|d)/;
/** An object's names that are numbers come first, and by their size, whatever order they were put in. */
const LIKE_A_NUMBER = /^\d/;

/**
 * What {@link canonicalJson} writes of a checked event, several times as fast: the names in their order, and
 * ECMAScript's own way to write JSON. `undefined` for what that would write otherwise.
 */
function plainBody({ action, actor, commitment, context, definitions, detail, outcome, target }: AuditEvent): string | undefined {
  const sorted = {
    action,
    actor: { id: actor.id, kind: actor.kind, name: actor.name },
    commitment: commitment && { ciphertextHash: commitment.ciphertextHash, versionId: commitment.versionId },
    context: context && inOrder(context),
    definitions: definitions?.map(({ digest, id, kind }) => ({ digest, id, kind })),
    detail: detail && inOrder(detail),
    outcome,
    target: target && { id: target.id, kind: target.kind, name: target.name, versionId: target.versionId },
  };
  if ((context && sorted.context === undefined) || (detail && sorted.detail === undefined)) return undefined;
  const body = JSON.stringify(sorted);
  return NOT_RECORDABLE.test(body) ? undefined : body;
}

/**
 * The same entries by the UTF-16 code units of their names; `undefined` when an object cannot have them so,
 * or holds no finite number.
 */
function inOrder<Fact>(entries: Readonly<Record<string, Fact>>): Record<string, Fact> | undefined {
  const ordered: Record<string, Fact> = {};
  for (const name of Object.keys(entries).sort()) {
    const fact = entries[name] as Fact;
    if (LIKE_A_NUMBER.test(name) || name === '__proto__' || (typeof fact === 'number' && !Number.isFinite(fact))) return undefined;
    ordered[name] = fact;
  }
  return ordered;
}

/**
 * Whether a text is the canonical body of the event that it was parsed to: what {@link canonicalBody} writes.
 * Every entry of a log is asked this, so it first looks for what any body of ours has: JavaScript writes it
 * the same, and its names are in order.
 *
 * @param event as `JSON.parse` gave it, of any form: for a wrong one the answer is `false`, and nothing
 *   throws.
 */
export function isCanonicalBody(body: string, event: AuditEvent): boolean {
  try {
    // First, so that what is nested deeper than an event can be is not walked through.
    checkEvent(event);
    const plain = body.length * 3 <= BODY_MAXIMUM_BYTES && !NOT_RECORDABLE.test(body) && hasSortedNames(event);
    return (plain && JSON.stringify(event) === body) || canonicalBody(event) === body;
  } catch (error) {
    if (error instanceof AuditEventError) return false;
    throw error;
  }
}

/** By their UTF-16 code units, at every depth. */
function hasSortedNames(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(hasSortedNames);
  let former = '';
  for (const [name, entry] of Object.entries(value)) {
    if (name < former || !hasSortedNames(entry)) return false;
    former = name;
  }
  return true;
}

function checkEvent(event: AuditEvent): void {
  checkFields(event, FIELDS.event, 'event');
  if (typeof event.action !== 'string' || !isAuditAction(event.action)) throw new AuditEventError('The event has no known action.');
  checkFields(event.actor, FIELDS.actor, 'actor');
  if (!ACTOR_KINDS.includes(event.actor.kind)) throw new AuditEventError('The event has no known kind of actor.');
  if (event.actor.id !== null) checkText(event.actor.id, 'actor.id');
  checkText(event.actor.name, 'actor.name');
  if (!OUTCOMES.includes(event.outcome)) throw new AuditEventError('The event has no known outcome.');
  if (event.target !== undefined) {
    checkFields(event.target, FIELDS.target, 'target');
    for (const name of ['kind', 'id', 'name'] as const) checkText(event.target[name], `target.${name}`);
    if (event.target.versionId !== undefined) checkText(event.target.versionId, 'target.versionId');
  }
  if (event.commitment !== undefined) {
    checkFields(event.commitment, FIELDS.commitment, 'commitment');
    for (const name of FIELDS.commitment) checkText(event.commitment[name], `commitment.${name}`);
  }
  if (event.definitions !== undefined && !Array.isArray(event.definitions))
    throw new AuditEventError('definitions of the event is no list.');
  for (const definition of event.definitions ?? []) {
    checkFields(definition, FIELDS.definition, 'definition');
    if (!DEFINED_KINDS.includes(definition.kind)) throw new AuditEventError('The event defines no known kind.');
    checkText(definition.id, 'definitions.id');
    if (definition.digest !== null) checkText(definition.digest, 'definitions.digest');
  }
  if (event.context !== undefined) {
    for (const [name, text] of definedEntries(event.context, 'context')) checkText(text, `context.${name}`);
  }
  if (event.detail !== undefined) {
    for (const [name, fact] of definedEntries(event.detail, 'detail')) checkDetail(fact, `detail.${name}`);
  }
}

function checkFields(value: unknown, allowed: readonly string[], where: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new AuditEventError(`${where} is not an object.`);
  for (const name of Object.keys(value)) {
    if (!allowed.includes(name) && value[name as keyof typeof value] !== undefined) {
      throw new AuditEventError(`The ${where} has a field that is not known: ${name}.`);
    }
  }
}

function checkText(value: unknown, where: string): void {
  if (typeof value !== 'string') throw new AuditEventError(`${where} of the event is not text.`);
}

function checkDetail(value: unknown, where: string): void {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return;
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return;
  throw new AuditEventError(`${where} of the event is not a text, number, boolean, null or list of texts.`);
}

/** The entries of a plain object that are set. */
function definedEntries(value: unknown, where: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new AuditEventError(`${where} is not an object.`);
  return Object.entries(value).filter(([, entry]) => entry !== undefined);
}

/**
 * RFC 8785: ECMAScript's own way to write strings and numbers, names sorted by their UTF-16 code units. A
 * field that is `undefined` is left out.
 *
 * @param where what the value is called in an error, such as `definition`.
 * @throws AuditEventError `audit_event_invalid` for what is no object, list, text, finite number, boolean or
 *   null, and for a text or name with a lone surrogate or a NUL character.
 */
export function canonicalJson(value: unknown, where: string): string {
  if (typeof value === 'string') return canonicalText(value, where);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry, where)).join(',')}]`;
  if (typeof value !== 'object') throw new AuditEventError(`${where} of the event cannot be written as JSON.`);
  const names = definedEntries(value, where)
    .map(([name, entry]) => [name, `${canonicalText(name, where)}:${canonicalJson(entry, `${where}.${name}`)}`] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${names.map(([, text]) => text).join(',')}}`;
}

function canonicalText(text: string, where: string): string {
  if (!text.isWellFormed() || text.includes('\0'))
    throw new AuditEventError(`${where} of the event has a character that cannot be recorded.`);
  return JSON.stringify(text);
}
