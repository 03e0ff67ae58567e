import type { ComponentType } from '@holdfast/api';
import { namedDestinations } from '@holdfast/envelope';
import { type FormData, optionsOf } from './form-schema.ts';

/** What can be said, before anything is saved or tried, of where a chosen secret goes. */
export interface DestinationFacts {
  /** `scheme://host:port`: the secret goes nowhere else. Empty: where its own value says. */
  secretGoesTo: readonly string[];
  /** Where the component sends, as far as options in clear say it. */
  componentSendsTo: readonly string[];
  /** Of these, where the secret may not go: a use would be refused. */
  refused: readonly string[];
  /** The component sends to where the secret's own value says, which nobody sees here. */
  namedByValue: boolean;
}

export function destinationFacts(type: ComponentType, data: FormData, option: string, secretGoesTo: readonly string[]): DestinationFacts {
  const naming = optionsOf(type).filter(([, schema]) => schema['x-destination'] === true);
  const componentSendsTo = [
    ...new Set(
      naming.flatMap(([name, schema]) => {
        const value = data[name];
        return schema['x-secret'] === true || typeof value !== 'string' ? [] : namedDestinations(value);
      }),
    ),
  ];
  return {
    secretGoesTo,
    componentSendsTo,
    refused: secretGoesTo.length === 0 ? [] : componentSendsTo.filter((destination) => !secretGoesTo.includes(destination)),
    namedByValue: naming.some(([name]) => name === option),
  };
}
