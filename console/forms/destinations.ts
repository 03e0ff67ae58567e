import type { ComponentType } from '@holdfast/api';
import { configuredDestinations, type ComponentType as ReadType } from '@holdfast/configuration';
import { type FormData, optionsOf } from './form-schema.ts';

/** What can be said, before anything is saved or tried, of where a chosen secret goes. */
export interface DestinationFacts {
  /** `scheme://host:port`: the secret goes nowhere else. Empty: where its value, or an approval, says. */
  secretGoesTo: readonly string[];
  /** Where the component sends, as far as what is not secret says it. */
  componentSendsTo: readonly string[];
  /** Of these, where the secret may not go: a use would be refused. */
  refused: readonly string[];
  /** The component sends to where the secret's own value says, which nobody sees here. */
  namedByValue: boolean;
}

/** @param text what stands around the secrets of the option, when it is a text with secrets in it. */
export function destinationFacts(
  type: ComponentType,
  data: FormData,
  option: string,
  secretGoesTo: readonly string[],
  text?: string,
): DestinationFacts {
  const configuration = text === undefined ? data : { ...data, [option]: text };
  const componentSendsTo = configuredDestinations(type as unknown as ReadType, configuration);
  return {
    secretGoesTo,
    componentSendsTo,
    refused: secretGoesTo.length === 0 ? [] : componentSendsTo.filter((destination) => !secretGoesTo.includes(destination)),
    namedByValue: text === undefined && optionsOf(type).some(([name, schema]) => name === option && schema['x-destination'] === true),
  };
}
