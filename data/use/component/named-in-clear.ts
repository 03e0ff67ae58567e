import { hash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import { configuredDestinations, destinationTemplates, titleOf } from '@holdfast/configuration';
import { type Connector, ConnectorError } from '@holdfast/connector';
import { LRUCache } from 'lru-cache';
import { decodeOptions } from './decode-options.ts';
import type { BoundComponent } from './load-component.ts';

/** Long enough for each option that is sensitive; base64, and a name of a host. */
const STAND_INS = ['a1'.repeat(20), 'b2'.repeat(20)] as const;

/**
 * Refuses destinations of a component whose text names others without its values: what a value makes of a
 * destination, or cuts out of a text, is a piece of the value, and would be looked up, recorded and shown.
 * The refusal names none of them. A value that fills the whole option names its own destination.
 *
 * @throws HoldfastError `destination_refused`.
 */
export function refuseMadeOfSecrets(component: BoundComponent, connector: Connector, destinations: readonly string[]): void {
  const [text] = destinationTemplates(connector.type, component.configuration);
  if (text === undefined) return;
  const inClear = namedInClear(component, connector);
  if (destinations.every((destination) => inClear.has(destination))) return;
  const title = titleOf(connector.type, text[0]);
  throw new HoldfastError(
    'destination_refused',
    `With its secrets, “${title}” of the component “${component.name}” leads elsewhere than its text says; nothing was sent.`,
    {
      remedy:
        'Write scheme, host and port in clear, and percent-encode in the secrets what a URL gives a meaning, such as / and @. One secret may also be the whole value.',
    },
  );
}

/** By type and configuration. */
const known = new LRUCache<string, ReadonlySet<string>>({ max: 1_000 });

function namedInClear(component: BoundComponent, connector: Connector): ReadonlySet<string> {
  const { type } = connector;
  const { configuration } = component;
  const key = hash('sha256', JSON.stringify([type.type, configuration]), 'base64url');
  const before = known.get(key);
  if (before !== undefined) return before;
  const [first, second] = STAND_INS.map((standIn) => namedWith(component, connector, standIn));
  const found = new Set([...configuredDestinations(type, configuration), ...(first ?? []).filter((each) => second?.includes(each))]);
  known.set(key, found);
  return found;
}

/** What the connector makes of a text is more than others see in it: pairs of `key=value`, for example. */
function namedWith(component: BoundComponent, connector: Connector, standIn: string): readonly string[] {
  try {
    return connector.destinations(decodeOptions(component, connector.type, { get: () => standIn }).options);
  } catch (error) {
    if (error instanceof ConnectorError) return [];
    throw error;
  }
}
