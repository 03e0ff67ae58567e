import { HoldfastError } from '@holdfast/api';
import type { InputDocument, Publication } from '@holdfast/connector';
import type { OpenComponent } from '../use/component/open-component.ts';
import type { DocumentBytes } from './document-bytes.ts';
import type { WaitingItem } from './items.ts';

/** How often the bytes that were sent are written down, at most. */
const PROGRESS_MILLISECONDS = 400;

/**
 * Takes one document through the steps of a run, one after the other. `unchanged` when every step had it
 * already. Repeating it after a failure is safe: what a step has already taken, it recognises.
 */
export async function publishItem(
  item: WaitingItem,
  bytes: DocumentBytes,
  uses: readonly OpenComponent[],
  signal: AbortSignal,
  progress: (sent: number) => void,
): Promise<Publication> {
  const publications: Publication[] = [];
  // A document that is sent at once shows no progress.
  let noted = performance.now();
  let readError: { readonly cause: unknown } | undefined;
  /** A document that cannot be read is not the service's failure, whatever the connector makes of it. */
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes.read();
    } catch (cause) {
      readError = { cause };
      throw cause;
    }
  }
  for (const [index, use] of uses.entries()) {
    const { connector } = use;
    if (connector.role !== 'publisher') {
      throw new HoldfastError('workflow_not_runnable', `Step ${index + 1} is a ${connector.role}, which cannot be a step yet.`);
    }
    const document: InputDocument = {
      name: item.publishName,
      contentType: item.contentType,
      size: bytes.size,
      sha256: bytes.sha256,
      idempotencyKey: `${item.id}-${index}`,
      read,
      progress(sent) {
        const now = performance.now();
        if (now - noted < PROGRESS_MILLISECONDS) return;
        noted = now;
        // Every step sends the whole document; together they make its size.
        progress(Math.floor((bytes.size * index + sent) / uses.length));
      },
    };
    try {
      publications.push(await connector.publish(document, use.options, use.contextFor(signal)));
    } catch (error) {
      throw readError === undefined ? error : readError.cause;
    }
  }
  const notes = [...new Set(publications.flatMap(({ note }) => note ?? []))];
  return {
    ...(notes.length > 0 && { note: notes.join(' ') }),
    outcome: publications.every(({ outcome }) => outcome === 'unchanged') ? 'unchanged' : 'published',
    publishedAs: publications.map(({ publishedAs }) => publishedAs).join(', '),
  };
}
