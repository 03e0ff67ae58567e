import { DESTINATION_RULE, destinationOf, hostAndPort, hostInUrl, hostOfDestination, hostOption } from '@holdfast/configuration';
import { ConnectorError } from './connector-error.ts';

/** A server that an option of the kind `hostOption` names. */
export interface Host {
  /** As `context.connect` takes it: normalised, an IPv6 address without brackets. */
  readonly host: string;
  /** `host:port`, for messages. */
  readonly shown: string;
  /** `scheme://host:port`. */
  readonly destination: string;
}

const PATTERN = new RegExp(hostOption.pattern, 'u');

/**
 * Reads the option “Host”, by the rule by which it was saved.
 *
 * @throws ConnectorError `option_invalid`.
 */
export function readHost(value: unknown, port: number, scheme: string): Host {
  const destination =
    typeof value === 'string' && PATTERN.test(value) ? destinationOf(`${scheme}://${hostInUrl(value)}:${port}`) : undefined;
  if (destination === undefined) {
    throw new ConnectorError('option_invalid', `The option “${hostOption.title}” is not the name or address of a host alone.`, {
      remedy: DESTINATION_RULE,
    });
  }
  const host = hostOfDestination(destination);
  return { host, shown: hostAndPort({ host, port }), destination };
}
