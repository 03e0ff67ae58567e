import { HoldfastError } from '@holdfast/api';
import { invalid } from '@holdfast/endpoints';

/**
 * The secret that is to take another's place.
 *
 * @throws HoldfastError `invalid_request` when it is that other one; `secret_missing` when there is none of
 *   this name.
 */
export function requireReplacement<Secret>(name: string, replaceWith: string, found: Secret | undefined): Secret {
  if (replaceWith === name) throw invalid([{ field: 'replaceWith', detail: 'It is the secret that is to be deleted.' }]);
  if (found !== undefined) return found;
  throw new HoldfastError('secret_missing', `There is no secret “${replaceWith}” that could take its place.`, { field: 'replaceWith' });
}
