import { type ConnectorContext, documentBase64, documentBody, type InputDocument } from '@holdfast/connector';
import { textIn } from './document-content.ts';
import type { WebhookOptions } from './options.ts';

type PayloadContext = Pick<ConnectorContext, 'signal' | 'inTurn'>;

/** The body of a request, which can be read more than once. */
export interface Payload {
  readonly contentType: string;
  /** Bytes. */
  readonly length: number;
  /** For the signature: what `send` sends. */
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  send(): AsyncIterable<Uint8Array> | Uint8Array<ArrayBuffer>;
}

/** Of the text of a document in a message: Teams takes 28 KB of a message, Slack shows 40,000 characters. */
const MESSAGE_TEXT_CHARACTERS = 2_000;

/** What is posted for a document. Throws ConnectorError `document_unsupported`. */
export async function payloadOf(document: InputDocument, options: WebhookOptions, context: PayloadContext): Promise<Payload> {
  switch (options.format) {
    case 'document':
      return {
        contentType: document.contentType,
        length: document.size,
        read: () => document.read(),
        send: () => documentBody(document),
      };
    case 'json':
      return json({ ...factsOf(document), ...(await contentOf(document, options, context)) });
    case 'slack':
      return json({ text: await filled(document, options.message, context, forSlack) });
    case 'teams':
      return json(teamsMessage(await filled(document, options.message, context, forTeams)));
  }
}

function factsOf({ name, contentType, size, sha256, idempotencyKey }: InputDocument) {
  return { event: 'document', idempotencyKey, name, contentType, size, sha256 };
}

async function contentOf(document: InputDocument, { content }: WebhookOptions, context: PayloadContext): Promise<object> {
  if (content === 'text') return { text: await textIn(document, context) };
  return content === 'base64' ? { base64: await documentBase64(document) } : {};
}

/** In one pass: what is filled in is not looked at again. */
async function filled(
  document: InputDocument,
  template: string,
  context: PayloadContext,
  escaped: (text: string) => string,
): Promise<string> {
  const text = template.includes('{text}') ? ((await textIn(document, context)) ?? '') : '';
  const values: Readonly<Record<string, string>> = {
    name: document.name,
    contentType: document.contentType,
    size: String(document.size),
    sha256: document.sha256,
    text: text.length > MESSAGE_TEXT_CHARACTERS ? `${text.slice(0, MESSAGE_TEXT_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}…` : text,
  };
  return template.replaceAll(/\{(name|contentType|size|sha256|text)\}/g, (_, name: string) => escaped(values[name] ?? ''));
}

/** docs.slack.dev/messaging/formatting-message-text#escaping: a name like `<!channel>` calls nobody. */
function forSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * learn.microsoft.com/adaptive-cards/authoring-cards/text-features: no links, lists or emphasis of a
 * document's making.
 */
function forTeams(text: string): string {
  return text.replaceAll(/[\\*_[\]`]/g, '\\$&');
}

/** An Adaptive Card, as the workflows of Teams that took the place of its connectors ask for it. */
function teamsMessage(text: string): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [{ type: 'TextBlock', text, wrap: true }],
  };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] };
}

function json(value: object): Payload {
  const bytes = new Uint8Array(Buffer.from(JSON.stringify(value)));
  return { contentType: 'application/json', length: bytes.length, read: () => [bytes], send: () => bytes };
}
