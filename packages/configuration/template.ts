import { HoldfastError, SECRET_NAME_PATTERN } from '@holdfast/api';

/**
 * A text in which secrets are named: `https://${secrets.USER}:${secrets.PASSWORD}@example.com`. Between its
 * references it is sent as it is written. `$${secret.` stands for the text `${secret.` itself; no other
 * dollar sign means anything.
 */
export type Template = readonly TemplatePart[];

export type TemplatePart = { readonly text: string } | TemplateReference;

/** `${secret.NAME}`; the plural means the same. */
export interface TemplateReference {
  readonly reference: string;
  readonly plural: boolean;
}

/** What begins a reference. */
const MARK = '$' + '{secret.';
/** All dollar signs in a row: from each of them, a long row would take the square of its length. */
const BEGINNING = /(?<!\$)(\$+)(?=\{secrets?\.)/g;
const DOLLARS_AT_END = /(?<!\$)\$+$/;
const REFERENCE = /^\{(secrets?)\.([^}]*)\}/;

/**
 * The one reader of references, for whole values and for texts.
 *
 * Dollar signs right before `{secret.` or `{secrets.` count in pairs: each pair stands for one; an odd one
 * left over begins a reference.
 *
 * @example parseTemplate('a-${secret.KEY}') // [{ text: 'a-' }, { reference: 'KEY', plural: false }]
 * @throws HoldfastError `option_invalid` when a reference has no name that a secret can have. The text is not
 * repeated.
 */
export function parseTemplate(source: string): Template {
  const parts: TemplatePart[] = [];
  let text = '';
  let at = 0;
  for (const { 1: dollars = '', index } of source.matchAll(BEGINNING)) {
    text += source.slice(at, index) + '$'.repeat(Math.floor(dollars.length / 2));
    at = index + dollars.length;
    if (dollars.length % 2 === 0) continue;
    const [whole, word, name] = REFERENCE.exec(source.slice(at)) ?? [];
    if (whole === undefined || name === undefined || !SECRET_NAME_PATTERN.test(name)) {
      throw new HoldfastError(
        'option_invalid',
        `A reference to a secret is written ${referenceTo('NAME')}, with a name that a secret can have.`,
        {
          remedy: `Correct the name, and close it with a brace. For the text ${MARK} itself write $${MARK}.`,
        },
      );
    }
    if (text !== '') parts.push({ text });
    text = '';
    parts.push({ reference: name, plural: word === 'secrets' });
    at += whole.length;
  }
  text += source.slice(at);
  if (text !== '') parts.push({ text });
  return parts;
}

/** The text of a template: what {@link parseTemplate} reads as the same again. */
export function formatTemplate(template: Template): string {
  const joined = template.map((part) => ('reference' in part ? { ...part } : { text: part.text.replaceAll(BEGINNING, '$1$1') }));
  return joined
    .map((part, index) => {
      if ('reference' in part) return `\${${part.plural ? 'secrets' : 'secret'}.${part.reference}}`;
      // Dollars at its end stand right before the next reference.
      const next = joined[index + 1];
      return next !== undefined && 'reference' in next ? part.text.replace(DOLLARS_AT_END, '$&$&') : part.text;
    })
    .join('');
}

/** The names in a template, each once, in the order in which they are first named. */
export function referencesOf(template: Template): string[] {
  return [...new Set(template.flatMap((part) => ('reference' in part ? [part.reference] : [])))];
}

/** The name, when the template is one reference and nothing else: it then stands for the whole value. */
export function wholeReference(template: Template): string | undefined {
  const [only, ...others] = template;
  return only !== undefined && 'reference' in only && others.length === 0 ? only.reference : undefined;
}

/** The same text with other names in it. A name that `renamed` does not answer stays. */
export function renameReferences(template: Template, renamed: (name: string) => string | undefined): Template {
  return template.map((part) => ('reference' in part ? { ...part, reference: renamed(part.reference) ?? part.reference } : part));
}

/**
 * The text with each reference replaced by its value, as it is: nothing is encoded for a URL or any other
 * form.
 *
 * @param value answers the value of a name; a template is never filled in part.
 */
export function fillTemplate(template: Template, value: (name: string) => string): string {
  return template.map((part) => ('reference' in part ? value(part.reference) : part.text)).join('');
}

/** A reference that stands for a whole value. */
export function referenceTo(secretName: string): string {
  return `\${secret.${secretName}}`;
}

/**
 * The text that a stored configuration has around the secrets of an option; `undefined` when one value fills
 * it wholly, or nothing does.
 *
 * @throws HoldfastError `option_invalid` as {@link parseTemplate}.
 */
export function storedTemplate(configuration: Readonly<Record<string, unknown>>, option: string): Template | undefined {
  const stored = configuration[option];
  return typeof stored === 'string' ? parseTemplate(stored) : undefined;
}
