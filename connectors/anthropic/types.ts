import type { ComponentType } from '@holdfast/configuration';
import { taskOptions } from '@holdfast/model-tasks/options';

/** The Messages API has no temperature any more. */
const { temperature: _temperature, ...options } = taskOptions;

/** What the form of a model behind Anthropic's Messages API asks for. */
export const anthropicModelType = {
  type: 'anthropic-model',
  role: 'model',
  title: 'Anthropic model',
  description: 'Extracts fields from documents, classifies or summarizes them, by Claude or a service with the same API.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['apiKey', 'model'],
    properties: {
      apiKey: {
        type: 'string',
        title: 'API key',
        'x-section': 'Service',
        description: 'A key of a workspace that may use the model.',
        minLength: 1,
        'x-secret': true,
      },
      baseUrl: {
        type: 'string',
        title: 'Base URL',
        'x-section': 'Service',
        description: 'What stands in front of /v1/messages. Documents and the key go there.',
        maxLength: 500,
        'x-pattern-words': 'Write an address such as https://api.anthropic.com, without a user, ? or #.',
        pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#@]+(?:/[^\\s?#]*)?$',
        default: 'https://api.anthropic.com',
        'x-destination': true,
      },
      model: {
        type: 'string',
        title: 'Model',
        'x-section': 'Service',
        description: 'As the service names it, for example claude-sonnet-4-5.',
        minLength: 1,
        maxLength: 200,
        'x-pattern-words': 'Write the model’s name without spaces.',
        pattern: '^[^\\s\\u0000-\\u001f\\u007f]+$',
      },
      ...options,
    },
  },
} as const satisfies ComponentType;
