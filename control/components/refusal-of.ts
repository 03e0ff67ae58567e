import { type Component, type Failure, HoldfastError } from '@holdfast/api';

/**
 * Why a use of the component would be refused, as far as that shows before its values are opened: it is
 * broken, or a secret may not be sent where its options say. `null` when nothing shows.
 *
 * @param mode what becomes of destinations that nobody has approved.
 */
export function refusalOf({ broken, unapproved }: Component, mode: 'enforce' | 'observe'): Failure | null {
  if (broken !== null) return broken;
  const refused = unapproved.find(({ state }) => mode === 'enforce' || state === 'narrowed');
  return refused === undefined ? null : unapprovedFailure(refused);
}

function unapprovedFailure({ secretName, destination, state, reason }: Component['unapproved'][number]): Failure {
  const called = secretName === null ? 'Its own value' : `The secret “${secretName}”`;
  const why = {
    requested: 'an owner or admin has not approved it yet.',
    unasked: 'nobody has approved it.',
    refused: 'an owner or admin has refused it.',
    revoked: 'an owner or admin has revoked it.',
    narrowed: 'it is none of the secret’s own destinations.',
  }[state];
  const { code, remedy } = new HoldfastError('destination_refused');
  const detail = `${called} may not be sent to ${destination}: ${why}${reason === '' ? '' : ` “${reason}”`}`;
  return { code, detail, remedy };
}
