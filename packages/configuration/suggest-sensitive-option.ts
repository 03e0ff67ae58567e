import { type ComponentType, sensitiveOptions } from './component-type.ts';
import type { CredentialKind, FoundCredential } from './credential-in.ts';
import { isShown } from './shown-options.ts';

/** What becomes of a configuration when a credential goes from a plain option into a sensitive one. */
export interface SensitiveOptionSuggestion {
  /** The sensitive option that takes the value. */
  readonly option: string;
  readonly value: string;
  /** Plain options that change with it; the one that held the credential is among them. */
  readonly changes: Readonly<Record<string, string>>;
}

/** Addresses and connection strings: a sensitive option that is one takes the whole text. */
const WHOLE: readonly CredentialKind[] = [
  'url-password',
  'azure-sas',
  'presigned-url',
  'url-parameter',
  'connection-string',
  'libpq-password',
  'webhook-url',
];

/**
 * Which sensitive option of the type a credential fits that was typed into a plain one: one whose `x-takes`
 * names the kind of the credential, or any kind (`*`); else the only one that the type has. `undefined` when
 * there is none.
 */
export function suggestSensitiveOption(
  type: ComponentType,
  configuration: Readonly<Record<string, unknown>>,
  plainOption: string,
  found: FoundCredential,
): SensitiveOptionSuggestion | undefined {
  const text = String(configuration[plainOption] ?? '');
  const sensitive = sensitiveOptions(type);
  for (const option of sensitive) {
    const takes = type.schema.properties[option]?.['x-takes'];
    const settings = takes?.[found.kind] ?? takes?.['*'];
    if (settings === undefined) continue;
    const user = decoded(found.user ?? '');
    const changes = { ...without(plainOption, text, found), ...filledIn(settings, user) };
    if (!isShown(type, { ...configuration, ...changes }, option)) continue;
    return { option, value: found.kind === 'url-password' ? decoded(secretIn(text, found)) : secretIn(text, found), changes };
  }
  const [only, ...others] = sensitive.filter((option) => isShown(type, configuration, option));
  if (only === undefined || others.length > 0 || sensitive.length > 1) return undefined;
  const isAddress = type.schema.properties[only]?.['x-destination'] === true;
  if (isAddress !== WHOLE.includes(found.kind)) return undefined;
  if (isAddress) return { option: only, value: text.trim(), changes: { [plainOption]: '' } };
  return { option: only, value: secretIn(text, found), changes: without(plainOption, text, found) };
}

function secretIn(text: string, { start, end }: FoundCredential): string {
  return text.slice(start, end);
}

/** The text without the credential; of a URL without the user beside it too. */
function without(option: string, text: string, { kind, start, end, user }: FoundCredential): Record<string, string> {
  if (kind === 'url-password') return { [option]: text.slice(0, start - 1 - (user ?? '').length) + text.slice(end + 1) };
  return { [option]: (text.slice(0, start) + text.slice(end)).trim() };
}

function filledIn(settings: Readonly<Record<string, string>>, user: string): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([option, value]) => [option, value.replace('{user}', user)]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
