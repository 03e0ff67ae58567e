import { basicAuthorization, type HttpAddress, invalidOption, type Options, readHttpAddress } from '@holdfast/connector';
import { webhookPublisherType } from './types.ts';

const { format: formatSchema, content: contentSchema, message: messageSchema } = webhookPublisherType.schema.properties;

export type Format = (typeof formatSchema.enum)[number];
export type Content = (typeof contentSchema.enum)[number];

export interface WebhookOptions {
  readonly address: HttpAddress;
  /** Of a user and password in the address. */
  readonly authorization: string | undefined;
  readonly format: Format;
  readonly content: Content;
  readonly message: string;
  readonly signingSecret: string | undefined;
  readonly connectionTest: 'reach' | 'send';
}

/**
 * Checked again here: a configuration may be older than the rules. Throws ConnectorError `option_invalid`.
 */
export function readOptions(options: Options): WebhookOptions {
  const { format = 'document', content = 'none', message = messageSchema.default, signingSecret, connectionTest = 'reach' } = options;
  const address = readHttpAddress(options.url, 'Webhook URL');
  if (!isOneOf(formatSchema.enum, format)) throw invalidOption('What is sent', 'is not one of its choices');
  if (!isOneOf(contentSchema.enum, content)) throw invalidOption('Content in the JSON', 'is not one of its choices');
  if (typeof message !== 'string' || message === '') throw invalidOption('Message', 'is empty');
  if (signingSecret !== undefined && (typeof signingSecret !== 'string' || signingSecret.length < 16)) {
    throw invalidOption('Signing secret', 'is shorter than 16 characters');
  }
  if (connectionTest !== 'reach' && connectionTest !== 'send') throw invalidOption('Connection test', 'is not one of its choices');
  const { login } = address;
  const authorization = login === undefined ? undefined : basicAuthorization(login.user, login.password);
  return { address, authorization, format, content, message, signingSecret, connectionTest };
}

/** Whether people read what is posted, in a chat, instead of a program. */
export function isMessage({ format }: Pick<WebhookOptions, 'format'>): boolean {
  return format === 'slack' || format === 'teams';
}

/** Shorter ones are words such as `services`, which stand elsewhere too. */
const PART_CHARACTERS = 8;

/**
 * What is secret by itself: parts of the path and the query that are long enough to be keys, the password.
 */
export function secretPartsOf({ address: { url, login }, authorization }: WebhookOptions): string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()].flatMap((part) => [part, decoded(part)]);
  const whole = url.pathname.length > PART_CHARACTERS ? [`${url.pathname}${url.search}`] : [];
  const credentials = [login?.password ?? '', authorization?.slice('Basic '.length) ?? ''].filter((part) => part !== '');
  return [...new Set([...parts.filter((part) => part.length >= PART_CHARACTERS && /\d/.test(part)), ...whole, ...credentials])];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function isOneOf<T extends string>(choices: readonly T[], value: unknown): value is T {
  return (choices as readonly unknown[]).includes(value);
}
