import { type Endpoint, HoldfastError, invalid, isToken, SECRET_NAME_PATTERN, SECRET_NAME_RULE } from '@holdfast/api';
import { isUuid } from '@holdfast/envelope';

/** Of a version: the database's integer holds it. */
const NUMBER = /^[1-9][0-9]{0,8}$/;
/** 1 to 15 digits: a number that JavaScript and the database both hold. */
const SEQUENCE = /^[1-9][0-9]{0,14}$/;

/**
 * The parts of a path. `organization` is a slug or an id and was looked up already, `name` is a secret's,
 * `sequence` an audit entry's number, `number` a version's, `ticket` a token, and every other part is an id,
 * which comes back in lower case.
 *
 * Throws `not_found` for a part that nothing can be called by, or `invalid_request` where it would make
 * something.
 */
export function readPathParameters(endpoint: Endpoint, params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, text]) => {
      if (name === 'organization') return [name, text];
      if (name === 'name' && SECRET_NAME_PATTERN.test(text)) return [name, text];
      if (name === 'name' && endpoint.method === 'PUT') throw invalid([{ field: 'name', detail: SECRET_NAME_RULE }]);
      if (name === 'ticket' && isToken('document', text)) return [name, text];
      if (name === 'sequence' && SEQUENCE.test(text)) return [name, text];
      if (name === 'number' && NUMBER.test(text)) return [name, text];
      if (name === 'name' || name === 'sequence' || name === 'number' || !isUuid(text)) throw new HoldfastError('not_found');
      return [name, text.toLowerCase()];
    }),
  );
}
