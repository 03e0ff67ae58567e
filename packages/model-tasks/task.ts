import { type ComponentType, checkPlainOptions, type OptionSchema, titleOf } from '@holdfast/configuration';
import { ConnectorError, type Options } from '@holdfast/connector';
import { taskOptions } from './options.ts';
import { type AnswerSchema, schemaFault } from './schema-fault.ts';

/** What a model is asked for, read from the options. */
export interface ModelTask {
  readonly kind: 'extract' | 'classify' | 'summarize';
  readonly instructions: string;
  /** What an answer has to fit; of a summary there is none. */
  readonly schema: AnswerSchema | undefined;
  readonly maximumOutputTokens: number;
  readonly temperature: number | undefined;
  readonly maximumInputCharacters: number;
  readonly answerMilliseconds: number;
  readonly includeUsage: boolean;
  /** For a million tokens, when both are known. */
  readonly prices: { readonly input: number; readonly output: number } | undefined;
}

const LABELS_MAXIMUM = 200;

/**
 * Reads {@link taskOptions}, after all plain options were checked against the type: a configuration may be
 * older than the rules.
 *
 * @throws ConnectorError `option_invalid`, naming the option by its title.
 */
export function readTask(type: ComponentType, options: Options): ModelTask {
  const [wrong] = checkPlainOptions(type, options);
  if (wrong !== undefined) throw new ConnectorError('option_invalid', `The option “${titleOf(type, wrong.option)}”: ${wrong.detail}`);
  const value = <T>(name: keyof typeof taskOptions) => (options[name] ?? defaultOf(name)) as T;
  const kind = value<ModelTask['kind']>('task');
  const prices = { input: value<number | undefined>('inputPrice'), output: value<number | undefined>('outputPrice') };
  return {
    kind,
    instructions: value<string>('instructions').trim(),
    schema: kind === 'extract' ? readSchema(value('outputSchema')) : kind === 'classify' ? labelSchema(value('labels')) : undefined,
    maximumOutputTokens: value('maximumOutputTokens'),
    temperature: value('temperature'),
    maximumInputCharacters: value('maximumInputCharacters'),
    answerMilliseconds: value<number>('answerSeconds') * 1_000,
    includeUsage: value('includeUsage'),
    prices: prices.input === undefined || prices.output === undefined ? undefined : { input: prices.input, output: prices.output },
  };
}

function defaultOf(name: keyof typeof taskOptions): unknown {
  const options: Readonly<Record<string, OptionSchema>> = taskOptions;
  return options[name]?.default;
}

function readSchema(text: string): AnswerSchema {
  if (text.trim() === '') {
    throw wrongOption('outputSchema', 'is empty, and the task is to extract fields.', 'Write the fields as a JSON Schema.');
  }
  // That it is the JSON of an object's schema is checked with the plain options.
  const schema = JSON.parse(text) as AnswerSchema;
  const fault = schemaFault(schema);
  if (fault !== undefined) throw wrongOption('outputSchema', `cannot be used: ${fault}`, 'Correct the JSON Schema.');
  return schema;
}

function labelSchema(text: string): AnswerSchema {
  const labels = [...new Set(text.split(/[,\n]/).map((label) => label.trim()))].filter((label) => label !== '');
  if (labels.length < 2 || labels.length > LABELS_MAXIMUM) {
    throw wrongOption('labels', `has ${labels.length} labels.`, `Write 2 to ${LABELS_MAXIMUM} different labels, with commas between.`);
  }
  return {
    type: 'object',
    properties: { label: { type: 'string', enum: labels } },
    required: ['label'],
    additionalProperties: false,
  };
}

function wrongOption(name: keyof typeof taskOptions, what: string, remedy: string): ConnectorError {
  return new ConnectorError('option_invalid', `The option “${taskOptions[name].title}” ${what}`, { remedy });
}
