import { createHash } from 'node:crypto';
import type { InputDocument } from '@holdfast/connector';
import { RESULT_MAXIMUM_BYTES, readsResult } from '@holdfast/workflow/expressions';
import type { Evaluations } from '../evaluation/evaluator.ts';
import type { StepExpressions } from '../evaluation/requests.ts';

/** A document on its way through the steps: the original, or what a model made. */
export type StepDocument = Pick<InputDocument, 'name' | 'contentType' | 'size' | 'sha256' | 'read'>;

/**
 * What a step takes of a document: nothing when its condition is false, else the document as its mapping
 * makes it.
 *
 * @param work `sourceName`: of the workflow, that the document came from. `evaluations`: of the run.
 * @throws HoldfastError `expression_failed` for this document, by the step's name; ExpressionsTooSlow for the
 *   run; the reason of the signal as soon as it is aborted.
 */
export async function applyStepExpressions(
  step: StepExpressions,
  document: StepDocument,
  work: { readonly sourceName: string; readonly evaluations: Pick<Evaluations, 'evaluateStep'>; readonly signal: AbortSignal },
): Promise<StepDocument | undefined> {
  const { condition, mapping } = step;
  if (condition === undefined && mapping === undefined) return document;
  const { name, contentType, size } = document;
  const texts = [condition, mapping?.name, ...Object.values(mapping?.fields ?? {})].filter((text) => text !== undefined);
  const holds = texts.some(readsResult) && size <= RESULT_MAXIMUM_BYTES ? await bytesOf(document) : undefined;
  const facts = { name, contentType, size, source: work.sourceName };
  const made = await work.evaluations.evaluateStep({ name: step.name, condition, mapping }, facts, holds, work.signal);
  if (made === undefined) return undefined;
  if (made.fields === undefined) return { ...document, name: made.name ?? name };
  const bytes = Buffer.from(made.fields, 'utf8');
  return {
    name: made.name ?? name.replace(/(?<=[^/])(?:\.[^./]{1,16})?$/, '.json'),
    contentType: 'application/json',
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *read() {
      yield bytes;
    },
  };
}

async function bytesOf({ read }: StepDocument): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of read()) pieces.push(piece);
  return Buffer.concat(pieces);
}
