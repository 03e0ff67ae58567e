import { DESTINATION_RULE, destinationOf } from '@holdfast/configuration';
import { ConnectorError } from './connector-error.ts';

/**
 * `scheme://host:port` of an address over HTTP, as it is approved and as egress compares it.
 *
 * @param what names in messages what holds the address, which is never repeated.
 * @throws ConnectorError `option_invalid` for a host or port that no destination has, such as `under_score`.
 */
export function destinationOfAddress(address: URL, what: string): string {
  const destination = destinationOf(address.href);
  if (destination !== undefined) return destination;
  throw new ConnectorError('option_invalid', `${what} has a host or port that nothing may be sent to.`, {
    remedy: DESTINATION_RULE,
  });
}
