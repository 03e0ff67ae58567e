import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type Options, type ResultDocument } from '@holdfast/connector';
import { testContext as contextFor, type TestContextOptions, testDocument } from '../../tests/harness/connector-context.ts';
import { type ModelServer, type ModelTurn, startModelServer } from '../../tests/harness/model-server.ts';
import { openaiModel } from './connectors.ts';

const SCHEMA = JSON.stringify({
  type: 'object',
  properties: { total: { type: 'number' }, currency: { enum: ['EUR', 'USD'] } },
  required: ['total'],
  additionalProperties: false,
});

let server: ModelServer;
before(async () => {
  server = await startModelServer();
});
after(() => server?.[Symbol.asyncDispose]());

function optionsWith(more: Options = {}): Options {
  return { apiKey: server.key, baseUrl: `${server.origin}/v1`, model: server.model, outputSchema: SCHEMA, ...more };
}

function contextOf(options: Options, more: Partial<TestContextOptions> = {}) {
  const values = [String(options.apiKey)];
  return contextFor({ destinations: openaiModel.destinations(options), values, ca: server.ca, ...more });
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
  await using given = contextOf(options, context);
  return (await openaiModel.transform(document, options, given)) as readonly ResultDocument[];
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

describe('a model behind the API of OpenAI', { concurrency: false }, () => {
  it('extracts the fields of a schema into a document of the same name', async () => {
    const results = await transform({}, [{ says: { total: 42, currency: 'EUR' } }]);
    assert.deepEqual(
      results.map(({ name, contentType }) => [name, contentType]),
      [['in/Rechnung März.json', 'application/json']],
    );
    assert.deepEqual(parsed(results), { total: 42, currency: 'EUR' });
    const [request] = server.asked;
    assert.deepEqual(request?.response_format, {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: JSON.parse(SCHEMA), strict: false },
    });
    assert.equal(request?.max_tokens, 4_096);
    assert.equal(request?.temperature, undefined);
    assert.match(String(messages()[1]?.content), /"in\/Rechnung März.txt":\n\nTotal: 42 EUR/);
  });

  it('classifies by labels, which the service itself is held to', async () => {
    const results = await transform({ task: 'classify', labels: 'invoice, reminder\nother' }, [{ says: { label: 'invoice' } }]);
    assert.deepEqual(parsed(results), { label: 'invoice' });
    const format = server.asked[0]?.response_format as { json_schema: { strict: boolean; schema: unknown } };
    assert.equal(format.json_schema.strict, true);
    assert.match(JSON.stringify(format.json_schema.schema), /"enum":\["invoice","reminder","other"\]/);
  });

  it('summarizes into a text, heeding the instructions and the temperature', async () => {
    const results = await transform({ task: 'summarize', instructions: 'In one sentence.', temperature: 0 }, [{ says: 'An invoice.' }]);
    assert.deepEqual(results, [{ name: 'in/Rechnung März.txt', contentType: 'text/plain; charset=utf-8', body: 'An invoice.\n' }]);
    assert.match(String(messages()[0]?.content), /In one sentence\./);
    assert.equal(server.asked[0]?.temperature, 0);
    assert.equal(server.asked[0]?.response_format, undefined);
  });

  it('takes the text of HTML, and an image as it is', async () => {
    await transform({}, [], testDocument('a.html', Buffer.from('<p>Total: <b>42</b></p><script>no()</script>'), 'text/html'));
    assert.match(String(messages()[1]?.content), /Total: 42/);
    assert.doesNotMatch(String(messages()[1]?.content), /script|no\(\)/);
    await transform({}, [], testDocument('a.PNG', Buffer.from('not really'), 'application/octet-stream'));
    assert.deepEqual((messages()[1]?.content as unknown[] | undefined)?.[1], {
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${Buffer.from('not really').toString('base64')}` },
    });
  });

  it('says the schema in words to a service that knows none, and reads JSON in Markdown', async () => {
    for (const [answerForm, format] of [
      ['json-object', { type: 'json_object' }],
      ['text', undefined],
    ] as const) {
      const results = await transform({ answerForm }, [{ says: '```json\n{"total": 7}\n```' }]);
      assert.deepEqual(parsed(results), { total: 7 });
      assert.deepEqual(server.asked[0]?.response_format, format);
      assert.ok(String(messages()[0]?.content).includes(SCHEMA));
    }
  });

  it('counts tokens and their cost over both answers, when it is asked to', async () => {
    const more = { includeUsage: true, inputPrice: 2, outputPrice: 10 };
    const results = await transform(more, [{ says: { total: 'many' } }, { says: { total: 42 } }]);
    assert.deepEqual(parsed(results), { result: { total: 42 }, usage: { inputTokens: 2_000, outputTokens: 400, cost: 0.008 } });
  });

  it('says what each answer took and cost, also of a summary and of one that does not fit', async () => {
    const prices = { inputPrice: 2, outputPrice: 10 };
    const taken = async (more: Options, turns: readonly ModelTurn[]) => {
      server.turns.splice(0, server.turns.length, ...turns);
      const options = optionsWith(more);
      await using context = contextOf(options);
      await openaiModel.transform(INVOICE, options, context);
      return context.tokens;
    };
    const one = { input: 1_000, output: 200 };
    assert.deepEqual(await taken({ task: 'summarize', ...prices }, [{ says: 'An invoice.' }]), [{ ...one, cost: 0.004 }]);
    assert.deepEqual(await taken({}, [{ says: { total: 'many' } }, { says: { total: 42 } }]), [one, one]);
  });

  it('fails a document by name for which the answer is too deep to be written as JSON', async () => {
    const deep = `{"total": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    await assert.rejects(
      transform({ outputSchema: '{"type":"object"}' }, [{ says: deep }]),
      refused('answer_invalid', /Rechnung März\.txt” has more than 1,000 levels/, { documentOnly: true, retryable: false }),
    );
  });

  it('asks for a summary again when it is empty, and not for JSON', async () => {
    const [summary] = await transform({ task: 'summarize' }, [{ says: '  ' }, { says: 'An invoice.' }]);
    assert.equal(summary?.body, 'An invoice.\n');
    const [answer, correction] = messages(1).slice(2);
    assert.equal(answer?.content, '(nothing)');
    assert.equal(correction?.content, 'That answer cannot be used. It is empty. Answer again, with the summary and nothing else.');
  });

  it('asks once more with the reason when an answer does not fit, then fails by name', async () => {
    const results = await transform({}, [{ says: { currency: 'EUR' } }, { says: { total: 1 } }]);
    assert.deepEqual(parsed(results), { total: 1 });
    assert.deepEqual(messages(1)[2], { role: 'assistant', content: '{"currency":"EUR"}' });
    assert.match(String(messages(1)[3]?.content), /total: This is required/);
    const unfit: ModelTurn = { says: { total: 'a lot of Geheimnis' } };
    await assert.rejects(
      transform({}, [unfit, unfit, { says: { total: 1 } }]),
      (error: ConnectorError) =>
        refused('answer_invalid', /did not fit, twice: total: Enter a number/, { documentOnly: true, retryable: false })(error) &&
        !error.message.includes('Geheimnis'),
    );
    assert.equal(server.asked.length, 2);
    await assert.rejects(
      transform({}, [{ says: 'Sure!' }, { says: 'Sure!' }]),
      refused('answer_invalid', /not valid JSON/, { documentOnly: true }),
    );
  });

  it('fails a document whose answer is cut off or refused, without asking again', async () => {
    for (const [turn, message] of [
      [{ says: '{"total": 4', ended: 'length' }, /cut off after 4,096 tokens/],
      [{ says: '', ended: 'content_filter' }, /is a refusal/],
      [{ says: '', ended: 'refusal' }, /is a refusal/],
    ] as const) {
      await assert.rejects(transform({}, [turn]), refused('answer_invalid', message, { documentOnly: true }));
      assert.equal(server.asked.length, 1);
    }
  });

  it('ends a check that a pattern makes endless, and the run with it', async () => {
    const outputSchema = '{"type":"object","properties":{"a":{"type":"string","pattern":"^(a+)+$"}}}';
    const turn: ModelTurn = { says: { a: `${'a'.repeat(40)}b` } };
    await assert.rejects(
      transform({ outputSchema }, [turn, turn]),
      refused('option_invalid', /takes more than a second/, { documentOnly: false, retryable: false }),
    );
    assert.equal(server.asked.length, 1);
  });

  it('sends nothing of a document that it cannot use', async () => {
    for (const [document, more, message] of [
      [testDocument('a.zip', Buffer.from('PK'), 'application/zip'), {}, /of a kind that the model cannot read \(application\/zip\)/],
      [testDocument('a.txt', Buffer.from('x'.repeat(101)), 'text/plain'), { maximumInputCharacters: 100 }, /has 101 characters/],
      [testDocument('a.pdf', Buffer.from('%PDF-1.7 damaged'), 'application/pdf'), {}, /cannot be read/],
      [testDocument('a.png', Buffer.alloc(0), 'image/png'), {}, /is empty/],
      [testDocument('a.png', Buffer.alloc(20 * 1024 * 1024 + 1), 'image/png'), {}, /more than 20 MiB/],
    ] as const) {
      await assert.rejects(transform(more, [], document), refused('document_unsupported', message, { documentOnly: true }));
      assert.deepEqual(server.lines, []);
    }
  });

  it('sends nothing with options that cannot work, and does not repeat the key', async () => {
    for (const [more, message] of [
      [{ outputSchema: '' }, /“Schema of the fields” is empty/],
      [{ outputSchema: '{"type":"object",}' }, /“Schema of the fields”: This is not JSON from line 1, character 18/],
      [{ outputSchema: '{"type":"array"}' }, /“type” in the JSON: This can only be object/],
      [{ outputSchema: '{"type":"object","properties":{"a":{"$ref":"https://example.com/a"}}}' }, /nothing in it is at the reference/],
      [{ outputSchema: '{"type":"object","properties":{"a":{"pattern":"("}}}' }, /is no regular expression/],
      [{ task: 'classify', labels: 'one, one' }, /has 1 labels/],
      [{ baseUrl: 'ftp://example.com' }, /“Base URL”/],
      [{ apiKey: `${server.key}\nsecond line` }, /“API key” is empty, or has spaces/],
    ] as const) {
      const options = optionsWith(more);
      await using context = contextFor({ destinations: [`${server.origin}`], ca: server.ca });
      await assert.rejects(async () => openaiModel.transform(INVOICE, options, context), refused('option_invalid', message));
      assert.deepEqual(context.requests, []);
    }
  });

  it('passes the test of the connection with a key that may do nothing else', async () => {
    server.turns.length = 0;
    server.lines.length = 0;
    const options = optionsWith();
    await using context = contextOf(options);
    assert.match(await openaiModel.check(options, context), /^127\.0\.0\.1:\d+ accepts the API key, and the model “reader-1” answers\.$/);
    assert.deepEqual(server.lines, ['POST /v1/chat/completions']);
    assert.deepEqual(server.asked.at(-1)?.response_format, {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: JSON.parse(SCHEMA), strict: false },
    });
  });

  it('names its destination by the base URL', () => {
    assert.deepEqual(openaiModel.destinations({ ...optionsWith(), baseUrl: undefined }), ['https://api.openai.com:443']);
    assert.deepEqual(openaiModel.destinations(optionsWith({ baseUrl: 'http://ollama.internal:11434/v1' })), [
      'http://ollama.internal:11434',
    ]);
  });
});

describe('what goes wrong at the API of OpenAI', { concurrency: false }, () => {
  const error = (code: string | null, param: string | null = null) => ({
    error: { message: `It failed for ${server.key}`, type: 'invalid_request_error', param, code },
  });

  it('a key that is not accepted, of which no part is shown', async () => {
    const key = 'sk-other-91c7d35a20ffbe48';
    await assert.rejects(
      transform({ apiKey: key }),
      refused('upstream_credentials', /did not accept the API key \(invalid_api_key\)/, { documentOnly: false, retryable: false }, key),
    );
  });

  it('a model or an address that is not there', async () => {
    await assert.rejects(transform({ model: 'reader-9' }), refused('upstream_not_found', /has no model “reader-9” .*\(model_not_found\)/));
    await assert.rejects(transform({ baseUrl: `${server.origin}/v9/x` }, []), refused('upstream_not_found', /or the base URL is wrong/));
  });

  it('ends an answer of more than 16 MiB, of a document and of a connection test', async () => {
    const raw = ' '.repeat(17 * 1024 * 1024);
    const tooLarge = refused('answer_invalid', /answered with more than 16 MiB/, { documentOnly: true, retryable: false });
    await assert.rejects(transform({}, [{ raw }]), tooLarge);
    server.turns.splice(0, server.turns.length, { raw });
    const options = optionsWith();
    await using context = contextOf(options);
    await assert.rejects(openaiModel.check(options, context), tooLarge);
  });

  it('answers of the service, each in words of its own', async () => {
    for (const [turn, code, message, more] of [
      [
        { status: 403, error: error('unsupported_country_region_territory') },
        'upstream_credentials',
        /may not use the model “reader-1”/,
        { documentOnly: false },
      ],
      [
        { status: 429, error: error('rate_limit_exceeded'), headers: { 'retry-after': '7' } },
        'upstream_refused',
        /fewer requests/,
        { retryable: true, retryAfterMilliseconds: 7_000 },
      ],
      [
        { status: 429, error: error('rate_limit_exceeded'), headers: { 'retry-after-ms': '250' } },
        'upstream_refused',
        /fewer requests/,
        { retryAfterMilliseconds: 250 },
      ],
      [
        { status: 429, error: error('rate_limit_exceeded'), headers: { 'retry-after': '86400' } },
        'upstream_refused',
        /fewer/,
        { retryAfterMilliseconds: 86_400_000 },
      ],
      [
        { status: 429, error: error('insufficient_quota') },
        'upstream_refused',
        /no credit left/,
        { retryable: false, documentOnly: false },
      ],
      [{ status: 500, error: error('server_error') }, 'upstream_refused', /busy or does not work \(server_error\)/, { retryable: true }],
      [
        { status: 503, error: {}, headers: { 'retry-after': '2' } },
        'upstream_refused',
        /\(HTTP 503\)/,
        { retryable: true, retryAfterMilliseconds: 2_000 },
      ],
      [
        { status: 400, error: error('context_length_exceeded', 'messages') },
        'document_unsupported',
        /is too long for the model/,
        { documentOnly: true },
      ],
      [{ status: 413, error: {} }, 'document_unsupported', /is too long/, { documentOnly: true }],
      [
        { status: 400, error: error('unsupported_value', 'temperature') },
        'upstream_refused',
        /as “Temperature” \(unsupported_value\)/,
        { documentOnly: false },
      ],
      [
        { status: 400, error: error(server.key) },
        'upstream_refused',
        /did not take “in\/Rechnung März.txt” \(invalid_request_error\)/,
        { documentOnly: true },
      ],
      [{ status: 400, error: { detail: 'no' } }, 'upstream_refused', /\(HTTP 400\)/, { documentOnly: true, retryable: false }],
      [{ status: 307, error: {}, headers: { location: 'https://example.com/' } }, 'upstream_refused', /redirect \(307\)/, {}],
      [{ raw: '<html>Welcome</html>', contentType: 'text/html' }, 'answer_invalid', /not in the form of its API/, { documentOnly: true }],
      [{ raw: '{"choices": [' }, 'answer_invalid', /not in the form of its API/, { documentOnly: true }],
      [{ raw: '{}' }, 'answer_invalid', /not in the form of its API/, { documentOnly: true }],
      [{ closes: 'before' }, 'upstream_unreachable', /was lost/, { retryable: true }],
      [{ closes: 'within' }, 'upstream_unreachable', /was lost|in the middle|ended/, { retryable: true }],
    ] as const) {
      await assert.rejects(transform({}, [turn]), refused(code, message, more), JSON.stringify(turn));
      assert.equal(server.lines.length, 1, 'it tries once');
    }
  });

  it('an answer that takes too long', async () => {
    await assert.rejects(
      transform({ answerSeconds: 1 }, [{ after: 3_000 }]),
      refused('upstream_unreachable', /fell silent|in time/, { retryable: true }),
    );
  });

  it('an answer that holds the key', async () => {
    await assert.rejects(
      transform({ task: 'summarize' }, [{ says: `The key is ${server.key}` }]),
      refused('document_holds_value', /./, { documentOnly: true }),
    );
  });

  it('a certificate that nobody trusts, and a port where nothing listens', async () => {
    const options = optionsWith();
    await using context = contextFor({ destinations: openaiModel.destinations(options) });
    await assert.rejects(
      async () => openaiModel.transform(INVOICE, options, context),
      refused('upstream_unreachable', /certificate/, { retryable: false }),
    );
    const gone = await startModelServer();
    await gone[Symbol.asyncDispose]();
    await assert.rejects(
      transform({ baseUrl: `${gone.origin}/v1` }),
      refused('upstream_unreachable', /Nothing answers/, { retryable: true }),
    );
    await assert.rejects(
      transform({ baseUrl: 'https://no-such-host.invalid/v1' }),
      refused('upstream_unreachable', /no-such-host\.invalid/),
    );
  });

  it('a run that is stopped in the middle', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopped')), 100);
    await assert.rejects(transform({}, [{ after: 5_000 }], INVOICE, { signal: controller.signal }), /stopped/);
  });
});
