import type { Example } from '../example.ts';

export const reportsBetweenServices: Example = {
  name: 'reports-between-services',
  title: 'Hand documents from one service to another',
  use: 'Authentication tokens',
  description:
    'One HTTP service lists its reports; each is fetched with a bearer token and put into a second service with a token of its own.',
  secrets: [
    {
      name: 'REPORTS_TOKEN',
      kind: 'token',
      description: 'Bearer token of the service that has the reports.',
      obtain: 'In the settings of the service that has the reports: an access token that may read.',
    },
    {
      name: 'FILES_TOKEN',
      kind: 'token',
      description: 'Bearer token of the service that takes the files.',
      obtain: 'In the settings of the service that takes the files: an access token that may write.',
    },
  ],
  components: [
    {
      key: 'reports',
      name: 'Reports service',
      type: 'http-source',
      options: { url: 'https://reports.example.com/api/reports', authentication: 'bearer' },
      secrets: { credential: 'REPORTS_TOKEN' },
      asks: ['url'],
    },
    {
      key: 'files',
      name: 'Files service',
      type: 'http-publisher',
      options: { baseUrl: 'https://files.example.com/api/files', path: '{name}', method: 'PUT', authentication: 'bearer' },
      secrets: { credential: 'FILES_TOKEN' },
      asks: ['baseUrl', 'path'],
    },
  ],
  workflow: { name: 'Reports between services', source: { kind: 'component', component: 'reports' }, steps: ['files'] },
};
