import type { ComponentType } from './component-type.ts';

/**
 * Whether an option is there at all: all conditions of its `showIf` hold, and the options that they look at
 * are there themselves. The one author of that: the form shows by it, saving checks and keeps by it, and a
 * use takes what it says. An option that is hidden is not required, not checked and not sent; what was bound
 * to it is not kept.
 *
 * @param configuration as it is stored, or as somebody fills a form. A default stands for what is left out.
 */
export function isShown(type: ComponentType, configuration: Readonly<Record<string, unknown>>, option: string): boolean {
  return conditionsOf(type, option).every(({ option: at, values }) => values.includes(settingOf(type, configuration, at)));
}

/** A configuration without its hidden options. What the type does not know stays. */
export function withoutHiddenOptions(type: ComponentType, configuration: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(configuration).filter(
      ([option]) => !Object.hasOwn(type.schema.properties, option) || isShown(type, configuration, option),
    ),
  );
}

/** One of the conditions under which an option is shown: that another has one of these values. */
export interface FlatCondition {
  readonly option: string;
  readonly values: readonly (string | boolean)[];
}

/** All conditions of an option, with those of the options that they look at. */
export function conditionsOf(type: ComponentType, option: string): readonly FlatCondition[] {
  const known = flattened.get(type) ?? new Map<string, readonly FlatCondition[]>();
  flattened.set(type, known);
  const found = known.get(option);
  if (found !== undefined) return found;
  const own = Object.entries(type.schema.properties[option]?.showIf ?? {}).map(([at, values]) => ({ option: at, values }));
  const all = [...own, ...own.flatMap(({ option: at }) => conditionsOf(type, at))];
  known.set(option, all);
  return all;
}

const flattened = new WeakMap<ComponentType, Map<string, readonly FlatCondition[]>>();

/** When an option is shown, as it stands in a sentence: “Authentication” is bearer or basic. */
export function conditionWords(type: ComponentType, option: string): string {
  return conditionsOf(type, option)
    .map(({ option: at, values }) => `“${type.schema.properties[at]?.title ?? at}” is ${values.map(String).join(' or ')}`)
    .join(' and ');
}

function settingOf(type: ComponentType, configuration: Readonly<Record<string, unknown>>, option: string): string | boolean {
  const value = configuration[option] ?? type.schema.properties[option]?.default;
  return typeof value === 'boolean' ? value : String(value ?? '');
}
