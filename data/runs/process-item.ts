import { ConnectorError, type InputDocument, type ModelConnector, type Publication, type PublisherConnector } from '@holdfast/connector';
import type { StoredDocument } from '../documents/document-store.ts';
import type { Evaluations } from '../evaluation/evaluator.ts';
import type { OpenComponent } from '../use/component/open-component.ts';
import type { DocumentBytes } from './document-bytes.ts';
import type { FinishedStep } from './item-steps.ts';
import type { WaitingItem } from './items.ts';
import type { OpenStep } from './open-steps.ts';
import { resultNameOf, stemOf } from './result-name.ts';
import { applyStepExpressions, type StepDocument } from './step-expressions.ts';

/** How often the bytes that were sent are written down, at most. */
const PROGRESS_MILLISECONDS = 400;
/** Documents that a model may make of one. */
const RESULTS_MAXIMUM = 1_000;

export interface ItemWork {
  readonly item: WaitingItem;
  /** The source that it came from, by its name. */
  readonly sourceName: string;
  /** The document as it came. */
  readonly original: DocumentBytes;
  readonly steps: readonly OpenStep[];
  /** What earlier attempts have done, by the step's id. */
  readonly finished: ReadonlyMap<string, FinishedStep>;
  /** Names without extension that several documents of the run have. */
  readonly sharedStems: ReadonlySet<string>;
  readonly evaluations: Pick<Evaluations, 'evaluateStep'>;
  readonly signal: AbortSignal;
  /** A step begins: what fails from now on fails there. */
  begin(step: OpenStep): void;
  /** Notes that a step is about to send it to a service that would not know it again. */
  announce(step: OpenStep): Promise<void>;
  /** Says how many of the document's bytes are done, all steps together. */
  progress(done: number): void;
  /** Keeps what a model made, as the bytes come. */
  store(document: { readonly name: string; readonly contentType: string }, body: AsyncIterable<Uint8Array>): Promise<StoredDocument>;
  /**
   * Notes that a step is done, before the next begins; not called for a run of one step, whose end is the
   * item's.
   */
  finishStep(step: FinishedStep & { readonly milliseconds: number }): Promise<void>;
}

/** What became of an item: `skipped` when the conditions of all publishers were false. */
export type ItemEnd = Publication | { readonly outcome: 'skipped'; readonly detail: string };

/**
 * Takes one document through the steps of a run, one after the other; each takes the original, or what an
 * earlier step made. Repeating it after a failure is safe: a step that was noted as done is not repeated, and
 * what another has already taken, its service recognizes.
 *
 * @returns `unchanged` when every publisher had everything already; a step whose condition is false, or
 *   which takes from such a step, is skipped.
 */
export async function processItem(work: ItemWork): Promise<ItemEnd> {
  const { item, original, steps } = work;
  const publications: Publication[] = [];
  const made = new Map<string, readonly StoredDocument[]>();
  const skipped = new Set<string>();
  const refusing: string[] = [];
  const reading = noticeReadErrors(original);
  const source: StepDocument = {
    ...original,
    name: item.publishName,
    contentType: original.contentType ?? item.contentType,
    read: reading.read,
  };
  const progress = progressOf(work);
  for (const [index, step] of steps.entries()) {
    let done = work.finished.get(step.id);
    if (done === undefined) {
      const begun = performance.now();
      work.begin(step);
      try {
        const given = step.input === null ? [source] : (made.get(step.input) ?? []);
        const inputs: { readonly document: StepDocument; readonly position: number }[] = [];
        for (const [position, each] of given.entries()) {
          const document = await applyStepExpressions(step, each, work);
          if (document !== undefined) inputs.push({ document, position });
        }
        const isSkipped = (given.length > 0 && inputs.length === 0) || (step.input !== null && skipped.has(step.input));
        const documents = inputs.map(({ document, position }) =>
          toInput(document, `${item.id}-${index}${position === 0 ? '' : `-${position}`}`, (part) =>
            progress(index, position, given.length, part),
          ),
        );
        if (isSkipped && given.length > 0) refusing.push(step.name);
        done = { stepId: step.id, ...(isSkipped ? SKIPPED : await take(work, step, documents, publications)) };
      } catch (error) {
        // A document that cannot be read is not the service's failure, whatever the connector makes of it.
        throw reading.error === undefined ? error : reading.error.cause;
      }
      // What a model made belongs to its step, also to the only one.
      if (steps.length > 1 || done.outcome === 'made') await work.finishStep({ ...done, milliseconds: performance.now() - begun });
    } else if (done.outcome === 'published' || done.outcome === 'unchanged') {
      publications.push({ outcome: done.outcome, publishedAs: done.publishedAs ?? '' });
    }
    if (done.outcome === 'skipped') skipped.add(step.id);
    made.set(step.id, done.results);
  }
  const publishers = steps.filter(({ use }) => use.connector.role === 'publisher');
  if (publishers.length > 0 && publishers.every(({ id }) => skipped.has(id))) {
    return { outcome: 'skipped', detail: skippedInWords(refusing) };
  }
  const notes = [...new Set(publications.flatMap(({ note }) => note ?? []))];
  return {
    ...(notes.length > 0 && { note: notes.join(' ') }),
    outcome: publications.every(({ outcome }) => outcome === 'unchanged') ? 'unchanged' : 'published',
    publishedAs: joined(publications),
  };
}

const SKIPPED = { outcome: 'skipped', publishedAs: null, results: [] } as const;

/** By the steps whose own conditions were false; those that an earlier attempt skipped are not named. */
function skippedInWords(steps: readonly string[]): string {
  const names = steps.map((name) => `“${name}”`).join(', ');
  if (steps.length === 0) return 'The conditions of its steps are false.';
  return steps.length === 1 ? `The condition of the step ${names} is false.` : `The conditions of the steps ${names} are false.`;
}

async function take(
  work: ItemWork,
  step: OpenStep,
  documents: readonly InputDocument[],
  publications: Publication[],
): Promise<Omit<FinishedStep, 'stepId'>> {
  const { use } = step;
  const { connector } = use;
  if (connector.role === 'model') {
    const results: StoredDocument[] = [];
    for (const document of documents) results.push(...(await transform(work, connector, use, document)));
    return { outcome: 'made', publishedAs: null, results };
  }
  if (connector.role !== 'publisher') throw new Error(`A ${connector.role} is no step.`);
  const own: Publication[] = [];
  if (documents.length > 0 && connector.arrivesTwice?.(use.options) === true) await work.announce(step);
  for (const document of documents) own.push(await publish(connector, use, document, work.signal));
  publications.push(...own);
  return {
    outcome: own.every(({ outcome }) => outcome === 'unchanged') ? 'unchanged' : 'published',
    publishedAs: joined(own),
    results: [],
  };
}

async function publish(
  connector: PublisherConnector,
  use: OpenComponent,
  document: InputDocument,
  signal: AbortSignal,
): Promise<Publication> {
  return connector.publish(document, use.options, use.contextFor(signal));
}

async function transform(
  work: ItemWork,
  connector: ModelConnector,
  use: OpenComponent,
  document: InputDocument,
): Promise<StoredDocument[]> {
  const context = use.contextFor(work.signal);
  const shared = work.sharedStems.has(stemOf(document.name)) && document.name === work.item.publishName;
  const results: StoredDocument[] = [];
  const names = new Set<string>();
  for await (const result of await connector.transform(document, use.options, context)) {
    if (results.length === RESULTS_MAXIMUM) {
      throw new ConnectorError('answer_invalid', `The model made more than ${RESULTS_MAXIMUM} documents of “${document.name}”.`, {
        documentOnly: true,
      });
    }
    const name = resultNameOf(result.name, document.name, shared);
    if (names.has(name)) {
      throw new ConnectorError('answer_invalid', `The model gave two documents the name “${name}”.`, { documentOnly: true });
    }
    names.add(name);
    // What comes out of a model may hold what went into its request.
    const body = context.checked(bytesOf(result.body), name);
    results.push(await work.store({ name, contentType: result.contentType }, body));
  }
  return results;
}

async function* bytesOf(body: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body, 'utf8');
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}

function toInput(document: StepDocument, idempotencyKey: string, progress: (part: number) => void): InputDocument {
  const { name, contentType, size, sha256, read } = document;
  return { name, contentType, size, sha256, idempotencyKey, read, progress: (sent) => progress(size === 0 ? 1 : sent / size) };
}

/**
 * Every step takes all of the document; together they make its size. A document that is sent at once shows no
 * progress.
 */
function progressOf({ original, steps, progress }: ItemWork) {
  let noted = performance.now();
  return (index: number, position: number, inputs: number, part: number) => {
    const now = performance.now();
    if (now - noted < PROGRESS_MILLISECONDS) return;
    noted = now;
    progress(Math.min(original.size, Math.floor((original.size * (index + (position + part) / inputs)) / steps.length)));
  };
}

function noticeReadErrors(bytes: DocumentBytes): {
  read: () => AsyncGenerator<Uint8Array>;
  readonly error: { readonly cause: unknown } | undefined;
} {
  let error: { readonly cause: unknown } | undefined;
  return {
    async *read() {
      try {
        yield* bytes.read();
      } catch (cause) {
        error = { cause };
        throw cause;
      }
    },
    get error() {
      return error;
    },
  };
}

function joined(publications: readonly Publication[]): string {
  return publications.flatMap(({ publishedAs }) => publishedAs || []).join(', ');
}
