import { type ComponentType, fillTemplate, isShown, sensitiveOptions, storedTemplate, withoutHiddenOptions } from '@holdfast/configuration';
import type { Options } from '@holdfast/connector';
import type { BoundComponent } from './load-component.ts';

export interface DecodedOptions {
  readonly options: Options;
  /** Texts that were filled with values: as secret as what is in them. */
  readonly texts: readonly string[];
}

/** Which value of a component a value is: of an option wholly, or by a name in the option's text. */
export function placeOf(option: string, reference: string): string {
  return reference === '' ? option : `${option} ${reference}`;
}

/**
 * The options that a connector is given: those in clear, and each sensitive one as a value, or as its text
 * filled with values. None that is hidden.
 */
export function decodeOptions(
  { configuration }: Pick<BoundComponent, 'configuration'>,
  type: ComponentType,
  values: Pick<ReadonlyMap<string, string>, 'get'>,
): DecodedOptions {
  const options = withoutHiddenOptions(type, configuration);
  const texts: string[] = [];
  for (const option of sensitiveOptions(type)) {
    // It comes from bindings or not at all.
    delete options[option];
    if (!isShown(type, configuration, option)) continue;
    const template = storedTemplate(configuration, option);
    if (template === undefined) {
      const value = values.get(placeOf(option, ''));
      if (value !== undefined) options[option] = value;
      continue;
    }
    const filled = fillTemplate(template, (reference) => valueAt(values, placeOf(option, reference)));
    texts.push(filled);
    options[option] = filled;
  }
  return { options, texts };
}

function valueAt(values: Pick<ReadonlyMap<string, string>, 'get'>, place: string): string {
  const value = values.get(place);
  if (value === undefined) throw new Error('A name in a text has no value; it should have been refused before.');
  return value;
}
