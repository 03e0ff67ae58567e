import { type ConnectorContext, ConnectorError } from '@holdfast/connector';
import { answerOf, containerMissing, explain } from './failures.ts';
import type { AzureBlobOptions } from './options.ts';
import { serviceClient } from './service-client.ts';

/** Asks for the container's properties: that takes the right account, credentials and name, and changes nothing. */
export async function check(options: AzureBlobOptions, context: ConnectorContext): Promise<string> {
  refuseUselessSignature(options, new Date());
  const attempt = { account: options.account.name, container: options.container };
  try {
    await serviceClient(options.account, context.http, context.signal).getContainerClient(options.container).getProperties();
    return `The account “${options.account.name}” accepts the credentials, and the container “${options.container}” is there.`;
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.code === 'AuthorizationPermissionMismatch') {
      return `The account “${options.account.name}” knows the credentials. They may not look at the container, so whether “${options.container}” exists shows in the first run.`;
    }
    if (answer?.status === 404 && answer.code === 'ContainerNotFound') {
      if (!options.createContainer) throw containerMissing(attempt);
      return `The account “${options.account.name}” accepts the credentials. The container “${options.container}” will be created by the first run.`;
    }
    throw explain(error, attempt);
  }
}

/** A shared access signature says in clear until when it holds and what it permits. */
export function refuseUselessSignature({ account }: AzureBlobOptions, now: Date): void {
  if (account.credential.kind !== 'shared-access-signature') return;
  const parameters = new URLSearchParams(account.credential.query);
  const ends = parameters.get('se');
  if (ends !== null && Date.parse(ends) <= now.getTime()) {
    throw new ConnectorError(
      'upstream_credentials',
      `The shared access signature expired on ${new Date(ends).toISOString().slice(0, 16)} UTC.`,
      {
        remedy: 'Make a new shared access signature in the storage account and replace the secret with it.',
      },
    );
  }
  const permissions = parameters.get('sp');
  if (permissions !== null && !/[cw]/.test(permissions)) {
    throw new ConnectorError('upstream_credentials', 'The shared access signature permits neither Create nor Write.', {
      remedy: 'Make a shared access signature that permits Read, Create and Write on containers and objects.',
    });
  }
}
