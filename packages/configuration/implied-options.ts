import { type ComponentType, sensitiveOptions } from './component-type.ts';
import { isShown } from './shown-options.ts';

/**
 * A configuration with what goes without saying: who fills a sensitive option that is hidden only because
 * another was left out means what its `x-takes` has at `*`. A credential without a word about authentication
 * is a bearer token (docs/decisions/0074).
 *
 * @param sealed sensitive options whose values come beside the configuration.
 */
export function withImpliedOptions(
  type: ComponentType,
  sent: Readonly<Record<string, unknown>>,
  sealed: readonly string[],
): Readonly<Record<string, unknown>> {
  let filled = sent;
  for (const option of sensitiveOptions(type)) {
    const settings = type.schema.properties[option]?.['x-takes']?.['*'] ?? {};
    const isFilled = sealed.includes(option) || (sent[option] ?? '') !== '';
    if (!isFilled || isShown(type, filled, option)) continue;
    const added = { ...settings, ...filled };
    if (isShown(type, added, option)) filled = added;
  }
  return filled;
}
