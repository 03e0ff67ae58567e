import type { ComponentType } from '@holdfast/api';
import { checkAgainstSchema } from '@holdfast/configuration';
import type { Chosen } from './bodies.ts';
import type { Example } from './example.ts';

export interface OptionFault {
  /** The component's. */
  readonly key: string;
  readonly option: string;
  readonly message: string;
}

/** What is wrong with the options that an example asks for, before anything is sent. */
export function faultsOfOptions({ components }: Example, { options = {} }: Chosen, types: readonly ComponentType[]): OptionFault[] {
  return components.flatMap(({ key, type, asks, options: preset }) => {
    const { properties = {}, required = [] } = (types.find((each) => each.type === type)?.schema ?? {}) as {
      properties?: Record<string, object>;
      required?: string[];
    };
    return asks.flatMap((option) => {
      const value = options[key]?.[option] ?? preset[option] ?? '';
      const schema = properties[option];
      if (schema === undefined) return [];
      if (value === '' && required.includes(option)) return { key, option, message: 'Fill this in.' };
      const [fault] = checkAgainstSchema(schema, value);
      return fault === undefined ? [] : { key, option, message: fault.message };
    });
  });
}
