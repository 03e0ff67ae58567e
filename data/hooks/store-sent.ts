import { HoldfastError, nameFault } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { contentTypeOf, invalid } from '@holdfast/endpoints';
import { discardStored, storeDocument } from '../documents/document-store.ts';
import { actorOf, type Trigger } from '../triggers/trigger.ts';
import type { HookDependencies } from './hooks.ts';

// RFC 9110, section 8.3.1.
const CONTENT_TYPE = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:\s*;\s*[\x20-\x7e]*)?$/;

export interface Sent {
  readonly name: string;
  /** As the sender says it. */
  readonly contentType: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  readonly maximumBytes: number;
}

/**
 * Stores what was sent to a trigger, as it comes, until its run takes it.
 *
 * @returns its id.
 * @throws HoldfastError `invalid_request` for a name that nobody could publish under, `payload_too_large`,
 *   `document_quota_exceeded`.
 */
export async function storeSent({ db, documentLimits }: HookDependencies, trigger: Trigger, sent: Sent): Promise<string> {
  const fault = sentNameFault(sent.name);
  if (fault !== undefined) throw invalid([{ field: 'name', detail: fault }]);
  const said = sent.contentType !== undefined && CONTENT_TYPE.test(sent.contentType) ? sent.contentType : undefined;
  const document = {
    organizationId: trigger.organizationId,
    projectId: trigger.projectId,
    runId: null,
    name: sent.name,
    contentType: contentTypeOf(sent.name, said),
    createdBy: actorOf(trigger),
  };
  try {
    const stored = await storeDocument(db, documentLimits, document, within(sent));
    return stored.id;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new HoldfastError('document_quota_exceeded', error.message, { cause: error });
  }
}

/** What no run took. */
export async function discardSent({ db }: HookDependencies, { organizationId }: Trigger, ids: readonly string[]): Promise<void> {
  for (const id of ids) await discardStored(db, organizationId, id);
}

async function* within({ name, body, maximumBytes }: Sent): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > maximumBytes) {
      throw new HoldfastError(
        'payload_too_large',
        `“${name}” has more than ${maximumBytes.toLocaleString('en')} bytes, which the trigger takes.`,
      );
    }
    yield piece;
  }
}

function sentNameFault(name: string): string | undefined {
  const fault = nameFault(name);
  if (fault !== undefined) return fault;
  if (name.length > 500) return 'It has more than 500 characters.';
  if (name.includes('\\')) return 'It has a backslash; write / between folders.';
  return name.split('/').some((part) => part === '' || part === '.' || part === '..') ? 'A part of it is empty, “.” or “..”.' : undefined;
}
