import { setTimeout as delay } from 'node:timers/promises';
import { startAzurite } from '../azurite.ts';
import { startModelServer } from '../model-server.ts';
import type { ExampleServices, Kept } from './services.ts';

const CONTAINER = 'invoices';
/** Models take their time; so one sees the documents on their way. */
const READING_MILLISECONDS = 400;

/** A server that speaks OpenAI's API, and an emulator of Azure Blob Storage. */
export async function start(kept: Kept): Promise<ExampleServices> {
  await using started = new AsyncDisposableStack();
  const key = `sk-example-${await kept.credential('model key')}`;
  const model = started.use(await startModelServer({ key, port: await kept.port('model'), answers: readInvoice }));
  const port = await kept.port('results');
  const accountKey = Buffer.from((await kept.credential('results key')).repeat(2)).toString('base64');
  const azurite = started.use(await startAzurite({ account: 'results', accountKey, ...(port !== 0 && { port }) }));
  await azurite.client.getContainerClient(CONTAINER).createIfNotExists();
  const running = started.move();
  return {
    values: { MODEL_API_KEY: model.key, RESULTS_CONTAINER: azurite.connectionString },
    options: {
      'read-invoice': { baseUrl: `${model.origin}/v1`, model: model.model },
      store: { container: CONTAINER },
    },
    reaches: [new URL(model.origin).host, `127.0.0.1:${azurite.port}`],
    certificates: model.ca,
    says: [
      `${model.origin}/v1 answers as OpenAI’s API does, over TLS with a certificate of its own. No model is behind it: it finds the fields by patterns.`,
      `${azurite.destination} is Azurite, the emulator of Azure Blob Storage.`,
    ],
    async published() {
      const blobs = await azurite.listBlobs(CONTAINER);
      return Promise.all(blobs.map(async ({ name }) => ({ name, bytes: await azurite.readBlob(CONTAINER, name) })));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What stands in for a model: the fields of a sample invoice, found in the text that was sent. */
async function readInvoice({ messages }: Readonly<Record<string, unknown>>): Promise<unknown> {
  await delay(READING_MILLISECONDS);
  const text = JSON.stringify(messages).replaceAll('\\n', '\n');
  const found = (pattern: RegExp) => pattern.exec(text)?.[1]?.trim() ?? '';
  const [, total = '0', currency = ''] = /Total due: ([\d,.]+) ([A-Z]{3})/.exec(text) ?? [];
  return {
    number: found(/Invoice (\S+)/),
    supplier: found(/(?:^|\n)([^\n]+)\n+Invoice /),
    date: found(/Date: (\d{4}-\d\d-\d\d)/),
    total: Number(total.replaceAll(',', '')),
    currency,
  };
}
