import { readFile } from 'node:fs/promises';
import {
  type Answer,
  createComponent,
  createProject,
  createWorkflow,
  deleteComponent,
  getRun,
  startRun,
  uploadDocument,
} from '@holdfast/api';
import { type Client, type Pins, setSecret } from '@holdfast/sdk';
import { workflowBody } from '../../../examples/bodies.ts';
import type { Example } from '../../../examples/index.ts';
import { makeExample } from '../../../examples/make.ts';
import { documentsOf, type ExampleServices, exampleFile } from './services.ts';

/** Who makes it, and where: an admin, or a token of one. */
export interface Place {
  readonly client: Client;
  readonly pins: Pins;
  /** Its short name. */
  readonly organization: string;
}

export interface Arranged {
  readonly projectId: string;
  readonly workflowId: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = { pdf: 'application/pdf', md: 'text/markdown', txt: 'text/plain' };
const POLL_MILLISECONDS = 250;

/** Makes the example's secrets, a project with its components, and its workflow. */
export async function arrangeExample(place: Place, example: Example, services: ExampleServices): Promise<Arranged> {
  const { client, organization } = place;
  await sealSecrets(place, example, services);
  const { id: project } = await client.call(createProject, {
    params: { organization },
    body: { name: example.title, description: example.use },
  });
  const yaml = await readFile(exampleFile(example.name, 'workflow.yaml'), 'utf8');
  const { workflow } = await makeExample(
    example,
    { options: services.options },
    (components) => ({ ...workflowBody(example, project, components), yaml }),
    {
      createComponent: (body) => client.call(createComponent, { params: { organization, project }, body }),
      deleteComponent: (component) => client.call(deleteComponent, { params: { organization, project, component } }),
      createWorkflow: (body) => client.call(createWorkflow, { params: { organization }, body }),
    },
  );
  return { projectId: project, workflowId: workflow.id };
}

/** Makes the secrets that the example needs, under the names that it has for them. */
export async function sealSecrets({ client, pins, organization }: Place, example: Example, services: ExampleServices): Promise<void> {
  for (const { name, kind, description, obtainUrl } of example.secrets) {
    const value = services.values[name];
    if (value === undefined) throw new TypeError(`The services of ${example.name} have no value for ${name}.`);
    // Sealed in this process; only the envelope leaves it.
    await setSecret(client, pins, {
      organization,
      name,
      value,
      metadata: { kind, description, ...(obtainUrl !== undefined && { obtainUrl }) },
    });
  }
}

/** Starts a run, with the sample documents where the workflow takes uploads. Answers its id. */
export async function startExample(
  { client, organization }: Place,
  example: Example,
  { projectId, workflowId }: Arranged,
): Promise<string> {
  const documentIds: string[] = [];
  for (const { name, bytes } of example.workflow.source.kind === 'upload' ? await documentsOf(example) : []) {
    const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    const document = await client.call(uploadDocument, {
      params: { organization, project: projectId },
      query: { name, contentType },
      body: new Uint8Array(bytes),
    });
    documentIds.push(document.id);
  }
  return (await client.call(startRun, { params: { organization, workflow: workflowId }, body: { documentIds } })).id;
}

/** Waits until the run has ended, however it ended. */
export async function finishExample({ client, organization }: Place, run: string, signal: AbortSignal): Promise<Answer<typeof getRun>> {
  for (;;) {
    const view = await client.call(getRun, { params: { organization, run }, signal });
    if (['succeeded', 'failed', 'cancelled'].includes(view.status)) return view;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}
