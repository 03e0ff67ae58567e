import type { Options } from '@holdfast/connector';
import { type ModelTask, readApiKey, readBaseUrl, readTask } from '@holdfast/model-tasks';
import { openaiModelType } from './types.ts';

export interface OpenaiOptions {
  readonly apiKey: string;
  readonly baseUrl: URL;
  readonly model: string;
  readonly answerForm: 'json-schema' | 'json-schema-strict' | 'json-object' | 'text';
  readonly task: ModelTask;
}

const { baseUrl: baseUrlOption, answerForm: answerFormOption } = openaiModelType.schema.properties;

/** @throws ConnectorError `option_invalid` */
export function readOptions(options: Options): OpenaiOptions {
  const task = readTask(openaiModelType, options);
  return {
    apiKey: readApiKey(options.apiKey),
    baseUrl: readBaseUrl(String(options.baseUrl ?? baseUrlOption.default)),
    model: String(options.model),
    answerForm: (options.answerForm ?? answerFormOption.default) as OpenaiOptions['answerForm'],
    task,
  };
}
