import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type Options, type ResultDocument } from '@holdfast/connector';
import { testContext as contextFor, type TestContextOptions, testDocument } from '../../tests/harness/connector-context.ts';
import { type ModelServer, type ModelTurn, startModelServer } from '../../tests/harness/model-server.ts';
import { anthropicModel } from './connectors.ts';

const SCHEMA = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'], additionalProperties: false };

let server: ModelServer;
before(async () => {
  server = await startModelServer({ key: 'sk-ant-test-4f8a1c9e7b2d6035' });
});
after(() => server?.[Symbol.asyncDispose]());

function optionsWith(more: Options = {}): Options {
  return { apiKey: server.key, baseUrl: server.origin, model: server.model, outputSchema: JSON.stringify(SCHEMA), ...more };
}

const INVOICE = testDocument('in/Rechnung März.txt', Buffer.from('Total: 42 EUR'), 'text/plain');

async function transform(
  more: Options = {},
  turns: readonly ModelTurn[] = [],
  document = INVOICE,
  context: Partial<TestContextOptions> = {},
) {
  server.turns.splice(0, server.turns.length, ...turns);
  server.asked.length = 0;
  server.lines.length = 0;
  const options = optionsWith(more);
  const destinations = anthropicModel.destinations(options);
  await using given = contextFor({ destinations, values: [String(options.apiKey)], ca: server.ca, ...context });
  return (await anthropicModel.transform(document, options, given)) as readonly ResultDocument[];
}

const parsed = ([result]: readonly ResultDocument[]) => JSON.parse(String(result?.body));
const messages = (request = 0) => server.asked[request]?.messages as { role: string; content: unknown }[];

/** No part of the key of eight characters or more may be shown. */
function refused(code: ConnectorErrorCode, message: RegExp, more: Partial<ConnectorError> = {}, key = server.key) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    for (const [name, value] of Object.entries(more)) assert.equal(error[name as keyof ConnectorError], value, name);
    const shown = `${error.message} ${error.remedy}`;
    for (let start = 0; start + 8 <= key.length; start += 1) assert.ok(!shown.includes(key.slice(start, start + 8)), shown);
    return true;
  };
}

describe('a model behind the API of Anthropic', { concurrency: false }, () => {
  it('extracts the fields of a schema as the input of a tool', async () => {
    const results = await transform({ includeUsage: true }, [{ says: { total: 42 } }]);
    assert.equal(results[0]?.name, 'in/Rechnung März.json');
    assert.deepEqual(parsed(results), { result: { total: 42 }, usage: { inputTokens: 1_000, outputTokens: 200 } });
    const [request] = server.asked;
    assert.deepEqual(request?.tools, [{ name: 'answer', description: 'Takes the answer.', input_schema: SCHEMA }]);
    assert.deepEqual(request?.tool_choice, { type: 'tool', name: 'answer', disable_parallel_tool_use: true });
    assert.equal(request?.max_tokens, 4_096);
    assert.deepEqual(server.lines, ['POST /v1/messages']);
  });

  it('classifies by labels, and summarizes into a text', async () => {
    assert.deepEqual(parsed(await transform({ task: 'classify', labels: 'invoice, other' }, [{ says: { label: 'other' } }])), {
      label: 'other',
    });
    const results = await transform({ task: 'summarize', instructions: 'In one sentence.' }, [{ says: 'An invoice.' }]);
    assert.deepEqual(results, [{ name: 'in/Rechnung März.txt', contentType: 'text/plain; charset=utf-8', body: 'An invoice.\n' }]);
    assert.match(String(server.asked[0]?.system), /In one sentence\./);
    assert.equal(server.asked[0]?.tools, undefined);
  });

  it('takes an image as it is, of a size that the service takes', async () => {
    await transform({}, [], testDocument('a.webp', Buffer.from('not really'), 'image/webp'));
    assert.deepEqual((messages()[0]?.content as unknown[] | undefined)?.[1], {
      type: 'image',
      source: { type: 'base64', media_type: 'image/webp', data: Buffer.from('not really').toString('base64') },
    });
    const large = testDocument('a.png', Buffer.alloc(4 * 1024 * 1024), 'image/png');
    await assert.rejects(transform({}, [], large), refused('document_unsupported', /more than 3\.75 MiB/, { documentOnly: true }));
    assert.deepEqual(server.lines, []);
  });

  it('asks once more with the reason when an answer does not fit, then fails by name', async () => {
    assert.deepEqual(parsed(await transform({}, [{ says: {} }, { says: { total: 1 } }])), { total: 1 });
    assert.deepEqual(messages(1)[1], { role: 'assistant', content: '{}' });
    assert.match(String(messages(1)[2]?.content), /total: This is required/);
    await assert.rejects(
      transform({}, [{ says: {} }, { says: {} }]),
      refused('answer_invalid', /did not fit, twice/, { documentOnly: true }),
    );
    for (const [ended, message] of [
      ['length', /cut off/],
      ['refusal', /is a refusal/],
    ] as const) {
      await assert.rejects(transform({}, [{ says: {}, ended }]), refused('answer_invalid', message, { documentOnly: true }));
      assert.equal(server.asked.length, 1);
    }
  });

  it('passes over what is no part of a message, and fails by name where the answer has no input', async () => {
    const message = (content: string) => ({ raw: `{"type":"message","content":${content},"stop_reason":"end_turn"}` });
    const results = await transform({ task: 'summarize' }, [message('[null, "odd", {"type":"text","text":"An invoice."}]')]);
    assert.equal(results[0]?.body, 'An invoice.\n');
    await assert.rejects(
      transform({}, [message('[{"type":"tool_use","id":"1","name":"answer"}]')]),
      refused('answer_invalid', /not in the form of its API/),
    );
  });

  it('fails a document by name for which the answer is too deep to be written as JSON', async () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    const raw = `{"type":"message","content":[{"type":"tool_use","id":"1","name":"answer","input":{"total":${deep}}}],"stop_reason":"tool_use"}`;
    await assert.rejects(
      transform({ outputSchema: '{"type":"object"}' }, [{ raw }]),
      refused('answer_invalid', /Rechnung März\.txt” has more than 1,000 levels/, { documentOnly: true, retryable: false }),
    );
    assert.equal(server.asked.length, 1);
  });

  it('passes the test of the connection with a key that may do nothing else', async () => {
    server.turns.length = 0;
    const options = optionsWith();
    await using context = contextFor({ destinations: anthropicModel.destinations(options), values: [server.key], ca: server.ca });
    assert.match(await anthropicModel.check(options, context), /accepts the API key, and the model “reader-1” answers\.$/);
    assert.deepEqual(context.requests, ['POST /v1/messages']);
    assert.deepEqual(anthropicModel.destinations({ ...options, baseUrl: undefined }), ['https://api.anthropic.com:443']);
  });

  it('says what goes wrong in words of its own, tries once, and shows no part of the key', async () => {
    const message = `It failed for ${server.key}`;
    const error = (type: string, details?: object) => ({ type: 'error', error: { type, message, details } });
    for (const [turn, code, expected, more] of [
      [
        { status: 429, error: error('rate_limit_error', { error_code: 'enforced_spend_limit_reached' }) },
        'upstream_refused',
        /no credit left/,
        { retryable: false },
      ],
      [
        { status: 403, error: error('permission_error') },
        'upstream_credentials',
        /may not use the model .*\(permission_error\)/,
        { documentOnly: false },
      ],
      [{ status: 402, error: error('billing_error') }, 'upstream_refused', /no credit left \(billing_error\)/, { retryable: false }],
      [
        { status: 429, error: error('rate_limit_error'), headers: { 'retry-after': '7' } },
        'upstream_refused',
        /fewer requests/,
        { retryable: true, retryAfterMilliseconds: 7_000 },
      ],
      [{ status: 500, error: error('api_error') }, 'upstream_refused', /\(api_error\)/, { retryable: true }],
      [{ status: 529, error: error('overloaded_error') }, 'upstream_refused', /\(overloaded_error\)/, { retryable: true }],
      [{ status: 413, error: error('request_too_large') }, 'document_unsupported', /is too long/, { documentOnly: true }],
      [
        { status: 400, error: error('invalid_request_error') },
        'upstream_refused',
        /did not take “in\/Rechnung März.txt”/,
        { documentOnly: true },
      ],
      [{ status: 400, error: error(server.key) }, 'upstream_refused', /\(HTTP 400\)/, { documentOnly: true }],
      [{ raw: '<html>Welcome</html>', contentType: 'text/html' }, 'answer_invalid', /not in the form of its API/, { documentOnly: true }],
      [{ raw: '{"content": [' }, 'answer_invalid', /not in the form of its API/, { documentOnly: true }],
      [{ closes: 'before' }, 'upstream_unreachable', /was lost/, { retryable: true }],
      [{ closes: 'within' }, 'upstream_unreachable', /was lost|in the middle|ended/, { retryable: true }],
    ] as const) {
      await assert.rejects(transform({}, [turn]), refused(code, expected, more), JSON.stringify(turn));
      assert.equal(server.lines.length, 1, 'it tries once');
    }
    const key = 'sk-ant-other-91c7d35a20ffbe48';
    await assert.rejects(
      transform({ apiKey: key }),
      refused('upstream_credentials', /did not accept the API key \(authentication_error\)/, {}, key),
    );
    await assert.rejects(transform({ model: 'reader-9' }), refused('upstream_not_found', /has no model “reader-9” .*\(not_found_error\)/));
    await assert.rejects(
      transform({ answerSeconds: 1 }, [{ after: 3_000 }]),
      refused('upstream_unreachable', /fell silent|in time/, { retryable: true }),
    );
    await assert.rejects(transform({ task: 'summarize' }, [{ says: `The key is ${server.key}` }]), refused('document_holds_value', /./));
    await assert.rejects(transform({}, [], INVOICE, { ca: '' }), refused('upstream_unreachable', /certificate/, { retryable: false }));
    await assert.rejects(transform({ apiKey: `${key}\nx` }), refused('option_invalid', /“API key”/, {}, key));
  });

  it('ends an answer of more than 16 MiB, of a document and of a connection test', async () => {
    const raw = ' '.repeat(17 * 1024 * 1024);
    const tooLarge = refused('answer_invalid', /answered with more than 16 MiB/, { documentOnly: true, retryable: false });
    await assert.rejects(transform({}, [{ raw }]), tooLarge);
    server.turns.splice(0, server.turns.length, { raw });
    const options = optionsWith();
    await using context = contextFor({ destinations: anthropicModel.destinations(options), values: [server.key], ca: server.ca });
    await assert.rejects(anthropicModel.check(options, context), tooLarge);
  });
});
