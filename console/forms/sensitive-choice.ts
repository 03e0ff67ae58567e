import type { Component } from '@holdfast/api';

export type SensitiveState = Component['sensitiveOptions'][number]['state'];

/**
 * How a person fills a sensitive option. This is what the form holds in place of the value: a typed value stays in its
 * input alone until it is sealed.
 */
export type SensitiveChoice =
  | { source: 'organization-secret'; secretName: string | null; state: SensitiveState }
  | {
      source: 'own-value';
      /** The component has a sealed value of its own already. */
      stored: boolean;
      /** A new value is being typed in place of the stored one. */
      replacing: boolean;
      /** Something is typed, or sealed and waiting to be sent. The form knows no more of it. */
      filled: boolean;
    };

const REFERENCE = /^\$\{secrets?\.([A-Za-z][A-Za-z0-9_-]{0,127})\}$/;

/** The name in `${secret.NAME}` or `${secrets.NAME}`; `undefined` for any other text. */
export function referencedName(option: unknown): string | undefined {
  return typeof option === 'string' ? REFERENCE.exec(option)?.[1] : undefined;
}

export function referenceTo(secretName: string): string {
  return `\${secret.${secretName}}`;
}

export type OwnValueChoice = Extract<SensitiveChoice, { source: 'own-value' }>;
export type OrganizationSecretChoice = Extract<SensitiveChoice, { source: 'organization-secret' }>;

export const NOTHING_CHOSEN: OwnValueChoice = { source: 'own-value', stored: false, replacing: false, filled: false };

/** What a saved component says about one of its sensitive options. */
export function choiceOf(component: Component | undefined, option: string): SensitiveChoice {
  const saved = component?.sensitiveOptions.find((candidate) => candidate.option === option);
  if (saved?.source === 'own-value') return { ...NOTHING_CHOSEN, stored: true };
  const name = saved?.secretName ?? referencedName(component?.configuration[option]);
  if (saved?.source === 'organization-secret' || name !== undefined) {
    return { source: 'organization-secret', secretName: name ?? null, state: saved?.state ?? 'ok' };
  }
  return NOTHING_CHOSEN;
}

/** A value waits in the option's input to be sealed. */
export function isTyped(choice: SensitiveChoice): boolean {
  return choice.source === 'own-value' && (!choice.stored || choice.replacing) && choice.filled;
}

/** Nothing fills the option. */
export function isEmpty(choice: SensitiveChoice): boolean {
  if (choice.source === 'organization-secret') return choice.secretName === null;
  return (!choice.stored || choice.replacing) && !choice.filled;
}
