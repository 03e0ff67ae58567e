import type { Options } from '@holdfast/connector';
import { type ModelTask, readApiKey, readBaseUrl, readTask } from '@holdfast/model-tasks';
import { anthropicModelType } from './types.ts';

export interface AnthropicOptions {
  readonly apiKey: string;
  readonly baseUrl: URL;
  readonly model: string;
  readonly task: ModelTask;
}

/** @throws ConnectorError `option_invalid` */
export function readOptions(options: Options): AnthropicOptions {
  const task = readTask(anthropicModelType, options);
  return {
    apiKey: readApiKey(options.apiKey),
    baseUrl: readBaseUrl(String(options.baseUrl ?? anthropicModelType.schema.properties.baseUrl.default)),
    model: String(options.model),
    task,
  };
}
