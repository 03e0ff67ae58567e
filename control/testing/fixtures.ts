import assert from 'node:assert/strict';
import { anEnvelope } from './envelopes.ts';
import type { TestInstance, TestOrganization } from './instance.ts';

/** An organization with one of everything. */
export interface Fixtures {
  readonly organization: TestOrganization;
  readonly secret: string;
  /** By the name of the path's parameter. */
  readonly ids: Readonly<
    Record<'project' | 'component' | 'workflow' | 'trigger' | 'run' | 'token' | 'member' | 'invitation' | 'request', string>
  >;
}

export const SECRET_NAME = 'AZURE_STORAGE';

export async function createFixtures(instance: TestInstance, slug: string): Promise<Fixtures> {
  const organization = await instance.addOrganization(slug);
  const { token } = organization.owner;
  const root = `/api/organizations/${slug}`;
  const make = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const reply = await instance.call(method, `${root}${path}`, { token, body, ...(headers ? { headers } : {}) });
    assert.equal(Math.floor(reply.status / 100), 2, `${method} ${path}: ${reply.text}`);
    return reply.json;
  };
  await make('PUT', `/secrets/${SECRET_NAME}`, { envelope: anEnvelope(organization.keyId) });
  const project = await make('POST', '/projects', { name: `Project of ${slug}` });
  const component = await make('POST', `/projects/${project.id}/components`, {
    name: 'Archive',
    type: 'azure-blob-publisher',
    configuration: { connectionString: `\${secret.${SECRET_NAME}}`, container: 'archive' },
  });
  const workflow = await make('POST', '/workflows', {
    projectId: project.id,
    name: 'Publish',
    source: { kind: 'upload' },
    steps: [{ componentId: component.id }],
  });
  const trigger = await make('POST', `/workflows/${workflow.id}/triggers`, { name: 'Inbox', settings: { kind: 'upload' } });
  const document = await make('POST', `/projects/${project.id}/documents?name=a.txt&contentType=text/plain`, 'hello', {
    'content-type': 'text/plain',
  });
  const run = await make('POST', `/workflows/${workflow.id}/runs`, { documentIds: [document.id] });
  const accessToken = await make('POST', '/tokens', { name: 'for CI' });
  const invitation = await make('POST', '/invitations', { email: `somebody@${slug}.example`, role: 'viewer' });
  const request = await make('POST', `/projects/${project.id}/secret-requests`, {
    name: 'WANTED',
    componentType: component.type,
    option: 'connectionString',
  });
  const member = await instance.addMember(organization, 'viewer');
  return {
    organization,
    secret: SECRET_NAME,
    ids: {
      project: project.id,
      component: component.id,
      workflow: workflow.id,
      trigger: trigger.id,
      run: run.id,
      token: accessToken.id,
      member: member.memberId,
      invitation: invitation.id,
      request: request.id,
    },
  };
}
