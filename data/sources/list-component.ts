import { documentNameFault, HoldfastError, nameFault } from '@holdfast/api';
import {
  type ConnectorContext,
  type Options,
  REFERENCE_MAXIMUM_CHARACTERS,
  type SourceConnector,
  type SourceDocument,
  VERSION_MAXIMUM_CHARACTERS,
} from '@holdfast/connector';
import type { Redactor } from '../egress/redaction.ts';
import { isStoredAsWritten } from '../storable.ts';
import type { SkippedEntry } from './list-folder.ts';

/** As many as a run with uploaded documents may have. */
export const DOCUMENTS_MAXIMUM = 10_000;
const SKIPPED_MAXIMUM = 1_000;
const PAGE_DOCUMENTS = 500;
/** In no text that is kept. */
const BETWEEN_TEXTS = '\0';

export interface ComponentListing {
  readonly documents: readonly SourceDocument[];
  /** Left out, each with its reason. */
  readonly skipped: readonly SkippedEntry[];
  readonly skippedBeyond: number;
}

/** A connector that is in use. */
export interface ListedComponent {
  readonly connector: SourceConnector;
  readonly options: Options;
  readonly context: ConnectorContext;
  /** For messages. */
  readonly name: string;
  /** Knows the values of the use. */
  readonly redactor: Pick<Redactor, 'redact'>;
}

/**
 * The documents that a connector finds now, in its order. Left out by name: what has a name that nobody could
 * read or publish under, and what holds a value of the use, since names go to people and to all later steps.
 *
 * @param isNew asked for up to 500 documents at a time; which of them a run is to take.
 * @throws HoldfastError `source_unavailable` for more than 10,000 documents, and what the connector throws.
 */
export async function listComponent(
  { connector, options, context, name: componentName, redactor }: ListedComponent,
  isNew: (documents: readonly SourceDocument[]) => Promise<readonly SourceDocument[]>,
): Promise<ComponentListing> {
  const documents: SourceDocument[] = [];
  const skipped: SkippedEntry[] = [];
  let skippedCount = 0;
  const skip = ({ name }: SourceDocument, detail: string, remedy: string) => {
    skippedCount += 1;
    if (skipped.length < SKIPPED_MAXIMUM) skipped.push({ name: shownName(redactor.redact(name)), detail, remedy });
  };
  /** Of what is taken, and of the page. */
  const references = new Set<string>();
  let page: SourceDocument[] = [];
  const takePage = async () => {
    const holding = holdingValues(page, redactor);
    for (const document of holding) {
      const remedy = 'Rename it in the source. If nobody there named it so, the service repeats what it was sent: replace the secret.';
      skip(document, 'Its key, name, version or type holds a value that the source is used with.', remedy);
    }
    const taken = await isNew(holding.size === 0 ? page : page.filter((document) => !holding.has(document)));
    documents.push(...taken);
    // Of what is not taken nothing stays in memory: a source may have millions.
    for (const { reference } of page) references.delete(reference);
    for (const { reference } of taken) references.add(reference);
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
  for await (const document of connector.list(options, context)) {
    const fault = faultOf(document);
    if (fault !== undefined) {
      skip(document, fault, 'Rename it in the source, and start the run again.');
      continue;
    }
    // A source may list a document twice while it changes.
    if (references.has(document.reference)) continue;
    references.add(document.reference);
    page.push(document);
    if (page.length === PAGE_DOCUMENTS) await takePage();
  }
  if (page.length > 0) await takePage();
  return { documents, skipped, skippedBeyond: skippedCount - skipped.length };
}

/**
 * Those in which a value stands. A service that learns one can list it over a connection of its own protocol,
 * or in pieces that a parser joins behind the look at the answer.
 */
function holdingValues(documents: readonly SourceDocument[], { redact }: Pick<Redactor, 'redact'>): ReadonlySet<SourceDocument> {
  const holds = (text: string) => redact(text) !== text;
  // Looked through together: hardly ever there is something in one of them.
  if (!holds(textsOf(documents).join(BETWEEN_TEXTS))) return new Set();
  return new Set(documents.filter((document) => holds(textsOf([document]).join(BETWEEN_TEXTS))));
}

/** What of them is kept or passed on, each text that stands in another or was there before once. */
function textsOf(documents: readonly SourceDocument[]): string[] {
  const texts: string[] = [];
  const types = new Set<string>();
  for (const { reference, name, version, contentType } of documents) {
    texts.push(reference);
    if (name !== reference && !reference.endsWith(`/${name}`)) texts.push(name);
    if (version !== undefined) texts.push(version);
    if (!types.has(contentType)) texts.push(contentType);
    types.add(contentType);
  }
  return texts;
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
