import { type Component, type ComponentState, type Failure, HoldfastError } from '@holdfast/api';
import type { DestinationMode } from '@holdfast/envelope';

/**
 * Why a use of the component would be refused, as far as that shows before its values are opened: it is
 * broken, or a secret may not be sent where its options say. `null` when nothing shows.
 *
 * @param mode what becomes of destinations that nobody has approved.
 */
export function refusalOf(component: Component, mode: DestinationMode): Failure | null {
  if (component.broken !== null) return component.broken;
  const [refused] = refusedDestinations(component, mode);
  return refused === undefined ? null : unapprovedFailure(refused);
}

/**
 * Whether the component can be used, in one word: `awaiting-approval` when nothing but a decision is missing
 * that nobody has taken yet.
 */
export function stateOf(component: Component, mode: DestinationMode): ComponentState {
  if (component.broken !== null) return 'broken';
  const refused = refusedDestinations(component, mode);
  if (refused.length === 0) return 'ok';
  return refused.every(({ state }) => state === 'requested' || state === 'unasked') ? 'awaiting-approval' : 'broken';
}

/** What was refused before what waits: that needs more than a decision. */
function refusedDestinations({ unapproved }: Component, mode: DestinationMode): Component['unapproved'] {
  const waits = ({ state }: Component['unapproved'][number]) => (state === 'requested' || state === 'unasked' ? 1 : 0);
  return unapproved.filter(({ state }) => mode === 'enforce' || state === 'narrowed').sort((one, other) => waits(one) - waits(other));
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
