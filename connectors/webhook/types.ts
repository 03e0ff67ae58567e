import type { ComponentType } from '@holdfast/configuration';

/** What the form of a webhook publisher asks for. */
export const webhookPublisherType = {
  type: 'webhook-publisher',
  role: 'publisher',
  title: 'Webhook publisher',
  description: 'Posts each document of a run, or a message about it, to a webhook.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      url: {
        type: 'string',
        title: 'Webhook URL',
        'x-section': 'Webhook',
        'x-takes': { 'webhook-url': {} },
        description: 'The whole address as the service hands it out, with the credential that is in it.',
        minLength: 1,
        'x-secret': true,
        'x-destination': true,
      },
      format: {
        type: 'string',
        title: 'What is sent',
        'x-section': 'Content',
        enum: ['document', 'json', 'slack', 'teams'],
        default: 'document',
        description:
          'document: its bytes. json: its name, size, type and SHA-256, and its content if you want. slack, teams: a message to a channel.',
      },
      content: {
        type: 'string',
        title: 'Content in the JSON',
        'x-section': 'Content',
        showIf: { format: ['json'] },
        enum: ['none', 'text', 'base64'],
        default: 'none',
        description: 'text: taken from PDF, Word, HTML and plain text. base64: the bytes, of documents up to 16 MiB.',
      },
      message: {
        type: 'string',
        title: 'Message',
        'x-section': 'Content',
        'x-lines': 3,
        showIf: { format: ['slack', 'teams'] },
        description: '{name}, {contentType}, {size}, {sha256} and {text} (its beginning) are filled in.',
        minLength: 1,
        maxLength: 2000,
        default: '{name} ({contentType}, {size} bytes)',
      },
      signingSecret: {
        type: 'string',
        title: 'Signing Secret',
        'x-section': 'Webhook',
        description:
          'Optional. Each request is signed with it (HMAC-SHA256, header X-Holdfast-Signature), so that the receiver can check it.',
        minLength: 16,
        'x-secret': true,
      },
      connectionTest: {
        type: 'string',
        title: 'Connection test',
        'x-section': 'Test',
        enum: ['reach', 'send'],
        default: 'reach',
        description: 'reach: sees that the service answers, and posts nothing. send: posts a small test document or message.',
      },
    },
  },
} as const satisfies ComponentType;
