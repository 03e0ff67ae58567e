import { documentNameFault, HoldfastError, nameFault } from '@holdfast/api';
import {
  type ConnectorContext,
  type Options,
  REFERENCE_MAXIMUM_CHARACTERS,
  type SourceConnector,
  type SourceDocument,
  VERSION_MAXIMUM_CHARACTERS,
} from '@holdfast/connector';
import { isStoredAsWritten } from '../storable.ts';
import type { SkippedEntry } from './list-folder.ts';

/** As many as a run with uploaded documents may have. */
export const DOCUMENTS_MAXIMUM = 10_000;
const SKIPPED_MAXIMUM = 1_000;

export interface ComponentListing {
  readonly documents: readonly SourceDocument[];
  /** Left out, each with its reason. */
  readonly skipped: readonly SkippedEntry[];
  readonly skippedBeyond: number;
}

/**
 * The documents that a connector finds now, in its order. Left out by name: what has a name that nobody could
 * read or publish under.
 *
 * @param componentName for messages.
 * @param isNew asked for up to 500 documents at a time; which of them a run is to take.
 * @throws HoldfastError `source_unavailable` for more than 10,000 documents, and what the connector throws.
 */
export async function listComponent(
  connector: SourceConnector,
  options: Options,
  context: ConnectorContext,
  componentName: string,
  isNew: (documents: readonly SourceDocument[]) => Promise<readonly SourceDocument[]>,
): Promise<ComponentListing> {
  const documents: SourceDocument[] = [];
  const skipped: SkippedEntry[] = [];
  let skippedCount = 0;
  let page: SourceDocument[] = [];
  const takePage = async () => {
    documents.push(...(await isNew(page)));
    page = [];
    if (documents.length <= DOCUMENTS_MAXIMUM) return;
    throw new HoldfastError(
      'source_unavailable',
      `“${componentName}” finds more than ${DOCUMENTS_MAXIMUM.toLocaleString('en')} documents.`,
      {
        remedy: 'Narrow it, for example by a folder or prefix; a run takes 10,000 documents.',
      },
    );
  };
  const references = new Set<string>();
  for await (const document of connector.list(options, context)) {
    const fault = faultOf(document);
    if (fault !== undefined) {
      skippedCount += 1;
      if (skipped.length < SKIPPED_MAXIMUM) {
        skipped.push({ name: shownName(document.name), detail: fault, remedy: 'Rename it in the source, and start the run again.' });
      }
      continue;
    }
    // A source may list a document twice while it changes.
    if (references.has(document.reference)) continue;
    references.add(document.reference);
    page.push(document);
    if (page.length === 500) await takePage();
  }
  if (page.length > 0) await takePage();
  return { documents, skipped, skippedBeyond: skippedCount - skipped.length };
}

function faultOf({ reference, name, version }: SourceDocument): string | undefined {
  if (reference === '' || reference.length > REFERENCE_MAXIMUM_CHARACTERS || (version?.length ?? 0) > VERSION_MAXIMUM_CHARACTERS) {
    return `Its key has more than ${REFERENCE_MAXIMUM_CHARACTERS.toLocaleString('en')} characters.`;
  }
  // Its key is asked for again, as it stands.
  if (!isStoredAsWritten(reference) || !isStoredAsWritten(version ?? '')) return 'Its key has a character that cannot be stored.';
  return documentNameFault(name);
}

/** Characters that cannot be seen as escapes, and no more of it than a line of a log. */
function shownName(name: string): string {
  return Array.from(name.slice(0, 200), (character) =>
    nameFault(character) === undefined ? character : `\\u{${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}}`,
  ).join('');
}
