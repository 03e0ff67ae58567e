import { type Component, HoldfastError } from '@holdfast/api';
import { parseTemplate, referencesOf, wholeReference } from '@holdfast/configuration';

export type SensitiveState = Component['sensitiveOptions'][number]['state'];

/**
 * How a person fills a sensitive option. This is what the form holds in place of the value: a typed value
 * stays in its input alone until it is sealed.
 */
export type SensitiveChoice =
  | { source: 'organization-secret'; secretName: string | null; state: SensitiveState }
  | {
      /**
       * A text with organization secrets in it, as it is written:
       * `https://${secrets.USER}:${secrets.PASSWORD}@example.com`.
       */
      source: 'text';
      text: string;
      /** The secrets that it named when it was saved. */
      saved: Component['sensitiveOptions'][number]['secrets'];
    }
  | {
      source: 'own-value';
      /** The component has a sealed value of its own already. */
      stored: boolean;
      /** A new value is being typed in place of the stored one. */
      replacing: boolean;
      /** Something is typed, or sealed and waiting to be sent. The form knows no more of it. */
      filled: boolean;
    };

/** The secrets that a text names, or why it cannot be read. */
export function namesIn(text: string): { names: string[]; problem: string | undefined } {
  try {
    return { names: referencesOf(parseTemplate(text)), problem: undefined };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { names: [], problem: `${error.message} ${error.remedy}` };
  }
}

/** The name in `${secret.NAME}` or `${secrets.NAME}`; `undefined` for any other text. */
export function referencedName(option: unknown): string | undefined {
  return typeof option === 'string' && namesIn(option).problem === undefined ? wholeReference(parseTemplate(option)) : undefined;
}

export type OwnValueChoice = Extract<SensitiveChoice, { source: 'own-value' }>;
export type OrganizationSecretChoice = Extract<SensitiveChoice, { source: 'organization-secret' }>;
export type TextChoice = Extract<SensitiveChoice, { source: 'text' }>;

export const NOTHING_CHOSEN: OwnValueChoice = { source: 'own-value', stored: false, replacing: false, filled: false };

/** What a saved component says about one of its sensitive options. */
export function choiceOf(component: Component | undefined, option: string): SensitiveChoice {
  const saved = component?.sensitiveOptions.find((candidate) => candidate.option === option);
  if (saved?.source === 'own-value') return { ...NOTHING_CHOSEN, stored: true };
  if (saved?.source === 'text') return { source: 'text', text: String(component?.configuration[option] ?? ''), saved: saved.secrets };
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
  if (choice.source === 'text') return choice.text === '';
  return (!choice.stored || choice.replacing) && !choice.filled;
}
