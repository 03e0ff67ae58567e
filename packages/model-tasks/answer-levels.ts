import { requireLevels } from '@holdfast/connector';

/**
 * What a model answered as JSON, before it is written as JSON again.
 *
 * @param document its name; none in a connection test.
 * @throws ConnectorError `answer_invalid`
 */
export function requireAnswerLevels(value: unknown, document: string | undefined): void {
  requireLevels(value, {
    code: 'answer_invalid',
    what: document === undefined ? 'The answer of the model' : `The answer of the model for “${document}”`,
    remedy: 'Ask for less in the schema: a field that may hold itself lets an answer go on without an end.',
  });
}
