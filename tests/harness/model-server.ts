import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from './azure-certificate.ts';

/** What the model says next, or what goes wrong instead. */
export type ModelTurn =
  | { readonly says: unknown; readonly ended?: 'length' | 'content_filter' | 'refusal' }
  | { readonly status: number; readonly error?: Readonly<Record<string, unknown>>; readonly headers?: Readonly<Record<string, string>> }
  | { readonly raw: string; readonly contentType?: string }
  | { readonly after: number }
  | { readonly closes: 'before' | 'within' };

/** The wire formats of OpenAI's Chat Completions and Anthropic's Messages, as far as one answer goes. */
export interface ModelServer extends AsyncDisposable {
  readonly origin: string;
  /** Its certificate in PEM. */
  readonly ca: string;
  readonly key: string;
  readonly model: string;
  /** Bodies of the requests that had the key and a model that is there. */
  readonly asked: Readonly<Record<string, unknown>>[];
  /** Every request: `POST /v1/chat/completions`. */
  readonly lines: string[];
  /** Taken one by one; then `{"total": 42}`. */
  readonly turns: ModelTurn[];
}

export async function startModelServer(
  options: {
    readonly tls?: boolean;
    readonly key?: string;
    readonly port?: number;
    /** What the model says when no turn waits; by default `{"total": 42}`. Takes the body of the request. */
    readonly answers?: (body: Readonly<Record<string, unknown>>) => unknown;
  } = {},
): Promise<ModelServer> {
  const { tls = true, key = 'sk-test-4f8a1c9e7b2d6035', port = 0, answers = () => ({ total: 42 }) } = options;
  const asked: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const turns: ModelTurn[] = [];
  const model = 'reader-1';

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    lines.push(`${request.method} ${path}`);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const api = path === '/v1/chat/completions' ? OPENAI : path === '/v1/messages' ? ANTHROPIC : undefined;
    const send = (status: number, json: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));
    if (api === undefined || request.method !== 'POST') return send(404, { detail: 'Not Found' });
    // As OpenAI does, it repeats parts of a key that is wrong.
    const given = api.keyOf(request);
    if (given !== key) return send(401, api.error('invalid_api_key', 'authentication_error', `Incorrect API key provided: ${given}`));
    const body = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
    if (body.model !== model) return send(404, api.error('model_not_found', 'not_found_error', `The model ${body.model} does not exist`));
    asked.push(body);
    const turn = turns.shift() ?? { says: await answers(body) };
    if ('after' in turn) {
      await delay(turn.after);
      return send(200, api.completion(model, { says: { total: 42 } }));
    }
    if ('raw' in turn) return response.writeHead(200, { 'content-type': turn.contentType ?? 'application/json' }).end(turn.raw);
    if ('status' in turn) return send(turn.status, turn.error ?? {}, turn.headers);
    if ('says' in turn) return send(200, api.completion(model, turn));
    if (turn.closes === 'within') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' }).write('{"id":');
      await delay(50);
    }
    request.socket.destroy();
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response).catch(() => response.destroy());
  const server = tls ? createTlsServer({ cert: AZURE_CERTIFICATE, key: AZURE_CERTIFICATE_KEY }, listener) : createPlainServer(listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: AZURE_CERTIFICATE,
    key,
    model,
    asked,
    lines,
    turns,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Said = Extract<ModelTurn, { says: unknown }>;
interface Api {
  keyOf(request: IncomingMessage): string | undefined;
  error(code: string, type: string, message: string): unknown;
  completion(model: string, said: Said): unknown;
}

const textOf = (says: unknown) => (typeof says === 'string' ? says : JSON.stringify(says));

const OPENAI: Api = {
  keyOf: ({ headers }) => headers.authorization?.replace(/^Bearer /, ''),
  error: (code, _type, message) => ({ error: { message, type: 'invalid_request_error', param: null, code } }),
  completion: (model, { says, ended }) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_764_000_000,
    model,
    choices: [
      {
        index: 0,
        message:
          ended === 'refusal'
            ? { role: 'assistant', content: null, refusal: 'I cannot help with that.' }
            : { role: 'assistant', content: textOf(says), refusal: null },
        finish_reason: ended === 'length' || ended === 'content_filter' ? ended : 'stop',
      },
    ],
    usage: { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 },
  }),
};

const ANTHROPIC: Api = {
  keyOf: ({ headers }) => (headers['x-api-key'] as string | undefined) ?? headers.authorization?.replace(/^Bearer /, ''),
  error: (_code, type, message) => ({ type: 'error', error: { type, message }, request_id: 'req_1' }),
  completion: (model, { says, ended }) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: typeof says === 'string' ? [{ type: 'text', text: says }] : [{ type: 'tool_use', id: 'toolu_1', name: 'answer', input: says }],
    stop_reason: ended === 'length' ? 'max_tokens' : ended === undefined ? (typeof says === 'string' ? 'end_turn' : 'tool_use') : 'refusal',
    stop_sequence: null,
    usage: { input_tokens: 1_000, output_tokens: 200 },
  }),
};
