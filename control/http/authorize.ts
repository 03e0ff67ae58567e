import { type Endpoint, HoldfastError, may } from '@holdfast/api';
import { type Principal, requireSameOrigin, requireUser } from '@holdfast/endpoints';
import type { FastifyRequest } from 'fastify';
import { authenticate } from '../accounts/authenticate.ts';
import { findOrganization } from '../accounts/find-organization.ts';
import type { Control } from '../control.ts';
import type { AnyAccess } from './implement.ts';

/**
 * Who calls is found out first, then whether they may: before anything else of the request is read or looked
 * up.
 */
export async function authorize(control: Control, endpoint: Endpoint, request: FastifyRequest): Promise<AnyAccess> {
  return find(control, endpoint, request, (caller) => control.workload.countCaller(endpoint, caller));
}

/** The same once more, for a request that is answered for long: it counts as one. */
export async function authorizeAgain(control: Control, endpoint: Endpoint, request: FastifyRequest): Promise<AnyAccess> {
  return find(control, endpoint, request, () => undefined);
}

async function find(control: Control, endpoint: Endpoint, request: FastifyRequest, count: (caller: Principal) => void): Promise<AnyAccess> {
  if (endpoint.requires === 'public') {
    control.workload.countPublic(request.clientAddress);
    return { caller: undefined, organization: undefined };
  }
  const authenticated = await authenticate(control, request.headers);
  if (authenticated === undefined) throw new HoldfastError('unauthenticated');
  const { caller } = authenticated;
  if (caller.kind === 'session') requireSameOrigin(request, control.settings.publicUrl);
  count(caller);
  if (endpoint.requires === 'signed-in') return { caller: requireUser(caller), organization: undefined };
  if (endpoint.membersOnly) requireUser(caller);
  const { organization: slugOrId = '' } = request.params as { readonly organization?: string };
  const organization = await findOrganization(control, authenticated, slugOrId);
  const { rights } = organization;
  if (!may(rights, endpoint.requires)) {
    throw new HoldfastError(
      'forbidden',
      typeof rights === 'string'
        ? `Your role in this organization is ${rights}, which does not allow “${endpoint.summary}”.`
        : `No grant of this caller allows “${endpoint.summary}”.`,
    );
  }
  return { caller, organization };
}
