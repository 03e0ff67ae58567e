import type { Example } from '../example.ts';

export const documentsToChannel: Example = {
  name: 'documents-to-channel',
  title: 'Announce documents in a channel',
  use: 'Webhook URLs with embedded credentials',
  description:
    'Each document you upload is announced in a channel of Slack, or of what takes Slack’s messages, with its name and how it begins.',
  secrets: [
    {
      name: 'CHANNEL_WEBHOOK',
      kind: 'webhook-url',
      description: 'Webhook URL of the channel. Who knows it can post.',
      obtain: 'In Slack: the settings of an app with Incoming Webhooks → Add New Webhook to Workspace. The whole URL is the secret.',
      obtainUrl: 'https://api.slack.com/apps',
    },
  ],
  components: [
    {
      key: 'channel',
      name: 'Team channel',
      type: 'webhook-publisher',
      options: { format: 'slack', message: 'New document: {name} ({size} bytes)\n{text}' },
      secrets: { url: 'CHANNEL_WEBHOOK' },
      asks: ['message'],
    },
  ],
  workflow: { name: 'Documents to channel', source: { kind: 'upload' }, steps: ['channel'] },
};
