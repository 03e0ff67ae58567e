import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { mixedDocuments } from '../harness/documents.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret, startRun, upload } from '../harness/workspace.ts';

/** A person's words in Markdown, with what they could try in it. */
const DESCRIPTION = `The archive of **all** invoices. Renew it in the [portal](https://portal.example.com/keys).

# Never by hand
- <b onclick="alert(1)">HTML</b>, [a script](javascript:alert%281%29), [signing out](/api/auth/sign-out)
- ![a picture](https://elsewhere.example.com/seen.png)`;

/** An instance whose console has something on each of its pages, with the addresses of all of them. */
export async function startWithContent() {
  await using starting = new AsyncDisposableStack();
  const azurite = starting.use(await startAzurite());
  const instance = starting.use(await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } }));
  const account = await setUp(instance);
  const project = await createProject(account, 'Empty for now');

  await putSecret(account, 'STORE', azurite.connectionString, { description: DESCRIPTION });
  await putSecret(account, 'SPARE', 'a value that nothing uses', { rotationDays: 30 });
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'STORE' } });
  await putSecret(account, 'GONE', azurite.connectionString);
  const broken = await createPublisher(account, project, { name: 'Broken', container: 'pages', connection: { secret: 'GONE' } });
  await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
  const workflow = await createWorkflow(account, project, [publisher]);
  const ids = [];
  for (const document of mixedDocuments()) ids.push(await upload(account, project, document));
  await account.call('POST', account.at(`/projects/${project}/secret-requests`), {
    name: 'ARCHIVE_SAS',
    componentType: 'azure-blob-publisher',
    option: 'connectionString',
    note: 'Write only.',
  });
  await account.call('POST', account.at('/invitations'), { email: 'invited@acme.example', role: 'viewer' });
  await account.call('POST', account.at(`/workflows/${workflow}/triggers`), { name: 'Scanner', settings: { kind: 'upload' } });
  const run = await startRun(account, workflow, ids);
  await finishRun(account, run.id);

  const inOrganization = [
    '',
    '/secrets',
    '/secrets?search=nothing-has-this-name',
    '/secrets/STORE',
    '/secrets/NOT_THERE',
    '/projects',
    `/projects/${project}`,
    `/projects/${project}/components/new`,
    `/projects/${project}/components/new?type=azure-blob-publisher`,
    `/projects/${project}/components/${publisher}`,
    `/projects/${project}/components/${broken}`,
    `/projects/${project}/workflows/new`,
    `/projects/${project}/examples`,
    `/projects/${project}/examples/scans-to-archive`,
    `/projects/${project}/workflows/${workflow}`,
    '/runs',
    `/runs/${run.id}`,
    '/audit',
    '/audit?secret=STORE',
    '/members',
    '/settings',
    '/documentation',
    '/documentation/azure-blob',
    '/documentation/errors',
    '/destinations',
    '/destinations?state=approved',
    '/secret-requests',
    '/no-such-page',
  ];
  const running = starting.move();
  return {
    url: instance.controlUrl,
    organizationUrl: `${instance.controlUrl}/organizations/acme`,
    person: { name: 'Ada Lovelace', email: account.email, password: account.password },
    project,
    publisher,
    broken,
    workflow,
    signedOut: ['/sign-in', '/forgot-password', '/setup', '/account-link', '/account-link#a-link-that-is-none'],
    signedIn: ['/', '/account', '/invitations', '/new-organization', ...inOrganization.map((path) => `/organizations/acme${path}`)],
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
