import { contentTypeIn, HoldfastError, sentNameFault } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { databaseFaultOf } from '@holdfast/db/data';
import { contentTypeOf, invalid } from '@holdfast/endpoints';
import { actorOf, type Trigger } from '../triggers/trigger.ts';
import type { HookDependencies } from './hooks.ts';

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
 *   `document_quota_exceeded`, `storage_full`; `unavailable` when the bucket does not take it.
 */
export async function storeSent(dependencies: HookDependencies, trigger: Trigger, sent: Sent): Promise<string> {
  const { documents } = dependencies;
  const fault = sentNameFault(sent.name);
  if (fault !== undefined) throw invalid([{ field: 'name', detail: fault }]);
  const document = {
    organizationId: trigger.organizationId,
    projectId: trigger.projectId,
    runId: null,
    name: sent.name,
    contentType: contentTypeOf(sent.name, contentTypeIn(sent.contentType)),
    createdBy: actorOf(trigger),
  };
  try {
    // What goes into a bucket takes nothing of the disk.
    const hasRoom = documents.bucket === undefined ? dependencies.hasRoomOnDisk : async () => true;
    const stored = await documents.store(document, within(sent, hasRoom));
    return stored.id;
  } catch (error) {
    if (databaseFaultOf(error) === 'disk_full') throw new HoldfastError('storage_full', undefined, { cause: error });
    if (!(error instanceof ConnectorError)) throw error;
    // Which bucket of the operator it is, and what is wrong with it, stays in the log.
    throw new HoldfastError('unavailable', 'The place where documents are kept does not answer.', { cause: error });
  }
}

/**
 * Removes what no run took: the database looks again, since a run may have begun of which the answer was
 * lost.
 */
export async function discardSent(
  { documents }: Pick<HookDependencies, 'documents'>,
  { organizationId }: Pick<Trigger, 'organizationId'>,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) await documents.discardUntaken(organizationId, id);
}

async function* within({ name, body, maximumBytes }: Sent, hasRoom: () => Promise<boolean>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  if (!(await hasRoom())) throw new HoldfastError('storage_full');
  for await (const piece of body) {
    if (!(await hasRoom())) throw new HoldfastError('storage_full');
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
