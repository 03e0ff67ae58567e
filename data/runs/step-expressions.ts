import { createHash } from 'node:crypto';
import { documentNameFault, HoldfastError } from '@holdfast/api';
import type { InputDocument } from '@holdfast/connector';
import type { WorkflowStep } from '@holdfast/db/data';
import {
  ExpressionError,
  type ExpressionUse,
  evaluateExpression,
  type Facts,
  RESULT_MAXIMUM_BYTES,
  readResult,
  readsResult,
} from '@holdfast/workflow/expressions';
import type { ExpressionTime } from './expression-time.ts';

/** A document on its way through the steps: the original, or what a model made. */
export type Passing = Pick<InputDocument, 'name' | 'contentType' | 'size' | 'sha256' | 'read'>;

export type StepExpressions = Pick<WorkflowStep, 'name' | 'condition' | 'mapping'>;

/**
 * What a step takes of a document: nothing when its condition is false, else the document as its mapping
 * makes it.
 *
 * @param source of the workflow, that the document came from.
 * @param time that the expressions of the run may take.
 * @throws HoldfastError `expression_failed` for this document, by the step's name; ExpressionsTooSlow for the
 *   run.
 */
export async function throughExpressions(
  step: StepExpressions,
  document: Passing,
  source: string,
  time: ExpressionTime,
): Promise<Passing | undefined> {
  const { condition, mapping } = step;
  if (condition === undefined && mapping === undefined) return document;
  const texts = [condition, mapping?.name, ...Object.values(mapping?.fields ?? {})].filter((text) => text !== undefined);
  const facts = await factsOf(document, source, texts.some(readsResult));
  const made = await time.spend(() => evaluateAll(step, facts));
  if (made === undefined) return undefined;
  const { name, fields } = made;
  if (fields === undefined) return { ...document, name: name ?? document.name };
  const bytes = Buffer.from(`${JSON.stringify(fields, null, 2)}\n`, 'utf8');
  return {
    name: name ?? document.name.replace(/(?<=[^/])(?:\.[^./]{1,16})?$/, '.json'),
    contentType: 'application/json',
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *read() {
      yield bytes;
    },
  };
}

/** Nothing when the condition is false. */
function evaluateAll(step: StepExpressions, facts: Facts): { name: string | undefined; fields: object | undefined } | undefined {
  const { condition, mapping } = step;
  if (condition !== undefined && evaluated(step, 'condition', condition, 'condition', facts) !== true) return undefined;
  const name =
    mapping?.name === undefined ? undefined : nameOf(step, String(evaluated(step, 'mapping of the name', mapping.name, 'name', facts)));
  const fields =
    mapping?.fields &&
    Object.fromEntries(
      Object.entries(mapping.fields).map(([field, text]) => [field, evaluated(step, `mapping of “${field}”`, text, 'field', facts)]),
    );
  return { name, fields };
}

async function factsOf({ name, contentType, size, read }: Passing, source: string, withResult: boolean): Promise<Facts> {
  const document = { name, contentType, size, source };
  if (!withResult || size > RESULT_MAXIMUM_BYTES) return { document };
  const pieces: Uint8Array[] = [];
  for await (const piece of read()) pieces.push(piece);
  const result = readResult(Buffer.concat(pieces));
  // What looks for one that is not there says so.
  return result === undefined ? { document } : { document, result };
}

function evaluated(step: StepExpressions, what: string, text: string, use: ExpressionUse, facts: Facts): unknown {
  try {
    return evaluateExpression(text, use, facts);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new HoldfastError('expression_failed', `The ${what} of the step “${step.name}” cannot be evaluated. ${error.message}`);
  }
}

function nameOf(step: StepExpressions, name: string): string {
  const fault = documentNameFault(name);
  if (fault === undefined) return name;
  throw new HoldfastError(
    'expression_failed',
    `The mapping of the name of the step “${step.name}” gives what cannot be a document’s name. ${fault}`,
  );
}
