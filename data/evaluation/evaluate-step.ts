import { documentNameFault } from '@holdfast/api';
import {
  type DocumentFacts,
  ExpressionError,
  type ExpressionUse,
  evaluateExpression,
  type Facts,
  readResult,
} from '@holdfast/workflow/expressions';
import type { EvaluationValues, StepExpressions } from './requests.ts';

/** Of the JSON document that the fields of a mapping make. */
const FIELDS_MAXIMUM_CHARACTERS = 4 * 1_048_576;

/**
 * What the expressions of a step give for one document, however long it takes.
 *
 * @param begins called with what is evaluated next, in words for people.
 * @throws ExpressionError, which names the expression and the step.
 */
export function evaluateStep(
  step: StepExpressions,
  document: DocumentFacts,
  bytes: Uint8Array | undefined,
  begins: (what: string) => void,
): EvaluationValues['step'] {
  const { condition, mapping } = step;
  const result = bytes && readResult(bytes);
  // What looks for one that is not there says so.
  const facts: Facts = result === undefined ? { document } : { document, result };

  function evaluated(what: string, text: string, use: ExpressionUse): unknown {
    begins(what);
    try {
      return evaluateExpression(text, use, facts);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new ExpressionError(`The ${what} of the step “${step.name}” cannot be evaluated. ${error.message}`);
    }
  }

  if (condition !== undefined && evaluated('condition', condition, 'condition') !== true) return undefined;
  const name = mapping?.name === undefined ? undefined : String(evaluated('mapping of the name', mapping.name, 'name'));
  const fault = name === undefined ? undefined : documentNameFault(name);
  if (fault !== undefined) {
    throw new ExpressionError(`The mapping of the name of the step “${step.name}” gives what cannot be a document’s name. ${fault}`);
  }
  const fields =
    mapping?.fields && Object.entries(mapping.fields).map(([field, text]) => [field, evaluated(`mapping of “${field}”`, text, 'field')]);
  const characters = fields?.reduce((sum, [, value]) => sum + JSON.stringify(value, null, 2).length, 0) ?? 0;
  if (characters > FIELDS_MAXIMUM_CHARACTERS) {
    throw new ExpressionError(
      `The mapping of the step “${step.name}” makes more than ${FIELDS_MAXIMUM_CHARACTERS / 1_048_576} MiB of JSON.`,
    );
  }
  return { name, fields: fields && `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n` };
}
