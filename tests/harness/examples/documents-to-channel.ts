import { httpService, SERVICE_CA } from '../http-service.ts';
import type { ExampleServices, Kept, Published } from './services.ts';

/** A receiver of webhooks over TLS that takes Slack's messages. */
export async function start(kept: Kept): Promise<ExampleServices> {
  const service = await httpService({ tls: true, port: await kept.port('channel') });
  const path = `/services/T0EXAMPLE/B0EXAMPLE/${(await kept.credential('webhook')).replaceAll(/[^A-Za-z0-9]/g, '')}`;
  const messages: Published[] = [];
  // docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
  service.answer((request, response) => {
    if (request.path !== path) return void response.writeHead(403).end('invalid_token');
    const text = textOf(request.body);
    if (text === undefined) return void response.writeHead(400).end('no_text');
    messages.push({ name: String(messages.length + 1), bytes: Buffer.from(text) });
    response.end('ok');
  });
  return {
    values: { CHANNEL_WEBHOOK: `${service.origin}${path}` },
    options: {},
    reaches: [new URL(service.origin).host],
    certificates: SERVICE_CA,
    says: [`${service.origin} takes messages as Slack’s incoming webhooks do, over TLS with a certificate of its own.`],
    published: async () => messages,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

function textOf(body: Buffer): string | undefined {
  try {
    const { text } = JSON.parse(body.toString()) as { text?: unknown };
    return typeof text === 'string' && text !== '' ? text : undefined;
  } catch {
    return undefined;
  }
}
