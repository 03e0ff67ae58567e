import type { Example } from '../example.ts';

/** What the model is to find in an invoice. */
const INVOICE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['number', 'supplier', 'date', 'total', 'currency'],
  properties: {
    number: { type: 'string' },
    supplier: { type: 'string' },
    date: { type: 'string', description: 'YYYY-MM-DD' },
    total: { type: 'number' },
    currency: { type: 'string', description: 'ISO 4217' },
  },
};

export const invoicesToJson: Example = {
  name: 'invoices-to-json',
  title: 'Read invoices with a model',
  use: 'API keys for external services',
  description:
    'A model reads each invoice you upload, PDF or Word, and its number, supplier, date and total are stored as JSON in a container.',
  secrets: [
    {
      name: 'MODEL_API_KEY',
      kind: 'api-key',
      description: 'Key of the model’s API.',
      obtain:
        'In the settings of the model’s provider, under “API keys”. One key for each purpose; it needs to create chat completions, nothing else.',
      obtainUrl: 'https://platform.openai.com/api-keys',
    },
    {
      name: 'RESULTS_CONTAINER',
      kind: 'cloud-storage',
      description: 'SAS URL of the container that results go into.',
      obtain:
        'In the Azure portal, at the container: Shared access tokens, with Create and Write. A connection string of the storage account works too.',
      obtainUrl: 'https://portal.azure.com',
    },
  ],
  components: [
    {
      key: 'read-invoice',
      name: 'Invoice reader',
      type: 'openai-model',
      options: {
        baseUrl: 'https://api.openai.com/v1',
        model: 'gpt-5-mini',
        task: 'extract',
        instructions: 'The documents are invoices. The total is what has to be paid, taxes included.',
        outputSchema: JSON.stringify(INVOICE_SCHEMA, null, 2),
      },
      secrets: { apiKey: 'MODEL_API_KEY' },
      asks: ['baseUrl', 'model'],
    },
    {
      key: 'store',
      name: 'Results container',
      type: 'azure-blob-publisher',
      options: { container: 'invoices' },
      secrets: { connectionString: 'RESULTS_CONTAINER' },
      asks: ['container'],
    },
  ],
  workflow: { name: 'Invoices to JSON', source: { kind: 'upload' }, steps: ['read-invoice', 'store'] },
};
