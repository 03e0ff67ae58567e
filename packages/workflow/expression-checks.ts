import { Environment } from '@marcbachmann/cel-js';

/**
 * The language of expressions of a step, and what is wrong with one before it is used: in control when it is
 * saved, in the command line and in the browser before that.
 */

export const EXPRESSION_MAXIMUM_CHARACTERS = 2_000;

/** What an expression is for: a condition is true or false, a name is a text, a field any JSON. */
export type ExpressionUse = 'condition' | 'name' | 'field';

const MUST_BE: Readonly<Record<ExpressionUse, string | undefined>> = { condition: 'bool', name: 'string', field: undefined };
const IN_WORDS: Readonly<Record<ExpressionUse, string>> = { condition: 'true or false', name: 'a text', field: 'a value' };

export const environment = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 16 },
})
  .registerVariable({
    name: 'document',
    schema: { name: 'string', stem: 'string', extension: 'string', contentType: 'string', size: 'int', source: 'string' },
  })
  .registerVariable('result', 'dyn');

/**
 * What is wrong with an expression, before it is used: `undefined` when nothing shows.
 *
 * @returns a sentence that says where: counted in characters from 1.
 */
export function expressionFault(text: string, use: ExpressionUse): string | undefined {
  if (text.length > EXPRESSION_MAXIMUM_CHARACTERS) return `An expression has at most ${EXPRESSION_MAXIMUM_CHARACTERS} characters.`;
  const checked = environment.check(text);
  if (!checked.valid) return faultInWords(checked.error);
  const type = String(checked.type);
  const wanted = MUST_BE[use];
  if (wanted === undefined || type === wanted || type === 'dyn') return undefined;
  return `It must give ${IN_WORDS[use]}, and gives ${type}. It sees “document” (name, stem, extension, contentType, size, source) and “result”.`;
}

function faultInWords(error: unknown): string {
  const { summary, message, range } = (error ?? {}) as { summary?: string; message?: string; range?: { start: number } };
  const what = (summary ?? message?.split('\n')[0] ?? 'It cannot be read').replace(/\.$/, '');
  const where = range === undefined ? '' : ` (at character ${range.start + 1})`;
  return `${what}${where}. It sees “document” (name, stem, extension, contentType, size, source) and “result”.`;
}
