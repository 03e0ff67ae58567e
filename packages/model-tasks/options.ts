import type { OptionSchema } from '@holdfast/configuration';

/**
 * The options that every model connector has beside its own: what is asked of the model, and what that may
 * take. Pure data; the control plane loads this file and none of the others.
 */
export const taskOptions = {
  task: {
    type: 'string',
    title: 'Task',
    enum: ['extract', 'classify', 'summarize'],
    default: 'extract',
    description:
      'extract: fields as JSON, by the schema below. classify: one of the labels below, as JSON. summarize: a text. The others ignore the schema and the labels.',
  },
  instructions: {
    type: 'string',
    title: 'Instructions',
    description: 'What the model should know or heed beyond the task, in any language.',
    maxLength: 20_000,
    'x-lines': 4,
    default: '',
  },
  outputSchema: {
    type: 'string',
    title: 'Schema of the fields',
    description:
      'For extract: a JSON Schema of type object, such as {"type":"object","properties":{"total":{"type":"number"}},"required":["total"]}. Each answer is checked against it.',
    maxLength: 32_000,
    'x-lines': 8,
    'x-pattern-words': 'Write a JSON object, between { and }.',
    pattern: '^\\s*(?:\\{[\\s\\S]*\\}\\s*)?$',
    default: '',
  },
  labels: {
    type: 'string',
    title: 'Labels',
    description: 'For classify: 2 to 200 labels, with commas between, for example invoice, reminder, other.',
    maxLength: 10_000,
    'x-lines': 2,
    default: '',
  },
  maximumOutputTokens: {
    type: 'integer',
    title: 'Longest answer, in tokens',
    description: 'An answer that is cut off there fails the document. What a model thinks before it answers counts.',
    minimum: 16,
    maximum: 128_000,
    default: 4_096,
  },
  temperature: {
    type: 'number',
    title: 'Temperature',
    description: '0: as alike as possible each time. Left out: the model’s own. Models that reason often take none.',
    minimum: 0,
    maximum: 2,
  },
  maximumInputCharacters: {
    type: 'integer',
    title: 'Longest document, in characters',
    description: 'A document with more text fails, and is not sent. Four characters are about one token.',
    minimum: 100,
    maximum: 4_000_000,
    default: 400_000,
  },
  answerSeconds: {
    type: 'integer',
    title: 'Time for an answer, in seconds',
    description: 'A service that has not begun to answer by then is tried again later.',
    minimum: 1,
    maximum: 900,
    default: 300,
  },
  includeUsage: {
    type: 'boolean',
    title: 'Put the tokens that were used into the result',
    description: 'The JSON of extract and classify is then {"result": …, "usage": …}. A summary stays as it is.',
    default: false,
  },
  inputPrice: {
    type: 'number',
    title: 'Price of a million input tokens',
    description: 'With both prices the usage has its cost, in the currency of the prices.',
    minimum: 0,
    maximum: 1_000_000,
  },
  outputPrice: {
    type: 'number',
    title: 'Price of a million output tokens',
    description: 'In the same currency.',
    minimum: 0,
    maximum: 1_000_000,
  },
} as const satisfies Readonly<Record<string, OptionSchema>>;
