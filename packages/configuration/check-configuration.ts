import { HoldfastError } from '@holdfast/api';
import { checkAgainstSchema } from './check-options.ts';
import { type ComponentType, isRequired, type OptionSchema, sensitiveOptions, titleOf } from './component-type.ts';
import { credentialIn } from './credential-in.ts';
import { optionsWithoutDestination, optionsWithSecretInDestination } from './destinations.ts';
import { DESTINATION_RULE } from './host-option.ts';
import { withImpliedOptions } from './implied-options.ts';
import { contentFault } from './option-content.ts';
import { conditionWords, isShown, withoutHiddenOptions } from './shown-options.ts';
import { formatTemplate, parseTemplate, referencesOf, referenceTo, type Template, wholeReference } from './template.ts';

/** What a sensitive option is to be, as far as a configuration says it. */
export type SensitiveInput =
  /** One secret for the whole value, or a text with secrets in it. */
  | { readonly kind: 'template'; readonly template: Template }
  /** Left out: an own value that is there stays. */
  | { readonly kind: 'unsaid' }
  /** `null`: whatever filled it goes. */
  | { readonly kind: 'cleared' }
  /** By the other options it is not there: whatever filled it goes, and it need not be filled. */
  | { readonly kind: 'hidden' };

export interface CheckedConfiguration {
  /**
   * What is stored: options in clear, and the text around several secrets. What is one secret wholly is its
   * binding alone.
   */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** By sensitive option of the type. */
  readonly inputs: ReadonlyMap<string, SensitiveInput>;
}

/** What comes with a configuration that is to be saved. */
export interface ConfigurationInput extends AcceptedInClear {
  /** Sealed values, by sensitive option. */
  readonly sealedOptions?: Readonly<Record<string, unknown>>;
}

/** What may stand in clear although it looks like a credential. */
export interface AcceptedInClear {
  /** Options that somebody says hold none. */
  readonly plainOptions?: readonly string[];
  /** As it is stored: what is in it already was decided when it was saved. */
  readonly stored?: Readonly<Record<string, unknown>>;
}

/** How a sensitive option is filled from bound secrets. */
export interface BoundPlace {
  readonly option: string;
  /** The name that a template has for it; empty when the secret is the whole value. */
  readonly reference: string;
}

/** In UTF-8, as JSON. */
export const CONFIGURATION_MAXIMUM_BYTES = 65_536;

/**
 * Checks a configuration that is to be saved against the JSON Schema of its type, and takes the sensitive
 * options out of it. A value in clear is refused and never repeated. Plain options that are hidden are left
 * out; what is secret is never dropped without a word. What a value says by being there is filled in.
 *
 * @throws HoldfastError `option_invalid` with all options that are wrong; `credential_in_clear` when one that
 *   would be stored as it is looks like a credential.
 */
export function checkConfiguration(
  type: ComponentType,
  given: Readonly<Record<string, unknown>>,
  { sealedOptions = {}, ...accepted }: ConfigurationInput = {},
): CheckedConfiguration {
  if (new TextEncoder().encode(JSON.stringify(given)).length > CONFIGURATION_MAXIMUM_BYTES) {
    throw new HoldfastError('option_invalid', 'The configuration is larger than 64 KiB.', { field: 'configuration' });
  }
  const sent = withImpliedOptions(type, given, Object.keys(sealedOptions));
  const sensitive = sensitiveOptions(type);
  const inputs = new Map(
    sensitive.map((option) => [
      option,
      isShown(type, sent, option) ? readInput(option, sent[option]) : hiddenInput(type, option, sent[option]),
    ]),
  );
  const plain = withoutHiddenOptions(type, Object.fromEntries(Object.entries(sent).filter(([option]) => !sensitive.includes(option))));
  refuseWrongOptions(checkPlainOptions(type, plain));
  const templates = [...inputs].flatMap(([option, input]) =>
    input.kind === 'template' && wholeReference(input.template) === undefined ? [[option, formatTemplate(input.template)] as const] : [],
  );
  const configuration = { ...plain, ...Object.fromEntries(templates) };
  refuseWrongOptions(destinationErrors(type, configuration));
  refuseCredentials(configuration, accepted);
  return { configuration, inputs };
}

/** Options of a configuration that hold what looks like a credential, and are not accepted so. */
function credentialsInClear(
  configuration: Readonly<Record<string, unknown>>,
  { plainOptions = [], stored = {} }: AcceptedInClear,
): OptionError[] {
  return Object.entries(configuration).flatMap(([option, value]) => {
    if (typeof value !== 'string' || plainOptions.includes(option) || stored[option] === value) return [];
    const found = credentialIn(value);
    return found === undefined ? [] : [{ option, detail: `This looks like ${found.words}. It was not stored.` }];
  });
}

function refuseCredentials(configuration: Readonly<Record<string, unknown>>, accepted: AcceptedInClear): void {
  const errors = credentialsInClear(configuration, accepted);
  if (errors.length === 0) return;
  const { field, extra } = optionErrors(errors);
  throw new HoldfastError('credential_in_clear', errors[0]?.detail, { ...(field === undefined ? {} : { field }), ...(extra && { extra }) });
}

/** What is wrong with the options that are stored in clear. Sensitive and hidden ones are passed over. */
export function checkPlainOptions(type: ComponentType, configuration: Readonly<Record<string, unknown>>): OptionError[] {
  const sensitive = new Set(sensitiveOptions(type));
  const plain = withoutHiddenOptions(type, Object.fromEntries(Object.entries(configuration).filter(([option]) => !sensitive.has(option))));
  const unknown = Object.keys(plain).filter((option) => !Object.hasOwn(type.schema.properties, option));
  if (unknown.length > 0) return unknown.map((option) => ({ option: option.slice(0, 80), detail: 'This type has no such option.' }));
  const errors = new Map<string, string>();
  for (const { path, keyword, message } of checkAgainstSchema(plainSchemaOf(type), plain)) {
    const [option = ''] = path;
    if (keyword === 'required' && !isShown(type, configuration, option)) continue;
    if (!errors.has(option)) errors.set(option, message);
  }
  for (const [option, value] of Object.entries(plain)) {
    const fault = contentFault(type.schema.properties[option] as OptionSchema, value);
    if (fault !== undefined && !errors.has(option)) errors.set(option, fault);
  }
  // What is wrong with a port or scheme is said there.
  if (errors.size === 0) for (const option of optionsWithoutDestination(type, plain)) errors.set(option, NOWHERE);
  return [...errors].map(([option, detail]) => ({ option, detail }));
}

const NOWHERE = `Nothing may be sent to such a host or port. ${DESTINATION_RULE}`;

/**
 * A destination is looked up, recorded, mailed and shown: a text in which a secret is a part of one is
 * refused. One value that fills the whole option names its own destination.
 */
function destinationErrors(type: ComponentType, configuration: Readonly<Record<string, unknown>>): OptionError[] {
  return optionsWithSecretInDestination(type, configuration).map((option) => ({ option, detail: SECRET_IN_DESTINATION }));
}

const SECRET_IN_DESTINATION =
  'A secret in a text may not be a part of the scheme, host or port that it sends to, which others see. Write these in clear, or let one secret be the whole value.';

export interface OptionError {
  readonly option: string;
  readonly detail: string;
}

/** Throws `option_invalid` with each of the errors, unless there is none. */
function refuseWrongOptions(errors: readonly OptionError[]): void {
  if (errors.length > 0) throw optionErrors(errors);
}

/**
 * HoldfastError `option_invalid` that names each option as `configuration.<option>`; all of them are in
 * `extra.errors`.
 */
export function optionErrors(errors: readonly OptionError[]): HoldfastError {
  const fields = errors.map(({ option, detail }) => ({ field: `configuration.${option}`, detail }));
  const [first] = fields;
  return new HoldfastError('option_invalid', first?.detail, {
    ...(first === undefined ? {} : { field: first.field }),
    extra: { errors: fields },
    remedy: 'Correct the options that are named.',
  });
}

/**
 * The places of a sensitive option that a template binds: one for the whole value, or one for each name in
 * the text.
 */
export function placesOf(option: string, template: Template): (BoundPlace & { readonly secretName: string })[] {
  const whole = wholeReference(template);
  if (whole !== undefined) return [{ option, reference: '', secretName: whole }];
  return referencesOf(template).map((name) => ({ option, reference: name, secretName: name }));
}

/**
 * Says which sensitive option has to be filled and is not: `secret_missing`, as for a secret that does not
 * exist any more.
 *
 * @param bound places that something fills, whether it may be used or not.
 */
export function unfilledOption(
  type: ComponentType,
  component: { readonly name: string; readonly configuration: Readonly<Record<string, unknown>> },
  bound: readonly { readonly option: string }[],
): HoldfastError | undefined {
  const unfilled = sensitiveOptions(type).find(
    (option) =>
      isRequired(type, option) && isShown(type, component.configuration, option) && !bound.some((place) => place.option === option),
  );
  if (unfilled === undefined) return undefined;
  return new HoldfastError('secret_missing', `“${titleOf(type, unfilled)}” of the component “${component.name}” is not filled in.`, {
    remedy: `Open the component “${component.name}” and choose a secret or type a value.`,
  });
}

/**
 * Says what is wrong with a stored configuration, if anything is: a type may have changed since it was saved.
 * `option_invalid`.
 */
export function wrongOption(
  type: ComponentType,
  component: { readonly name: string },
  configuration: Readonly<Record<string, unknown>>,
): HoldfastError | undefined {
  const [wrong] = [...checkPlainOptions(type, configuration), ...destinationErrors(type, configuration)];
  if (wrong === undefined) return undefined;
  return new HoldfastError('option_invalid', `“${titleOf(type, wrong.option)}” of the component “${component.name}”: ${wrong.detail}`);
}

function readInput(option: string, sent: unknown): SensitiveInput {
  if (sent === undefined || sent === '') return { kind: 'unsaid' };
  if (sent === null) return { kind: 'cleared' };
  const field = `configuration.${option}`;
  const template = typeof sent === 'string' ? parseFor(field, sent) : [];
  if (referencesOf(template).length > 0) return { kind: 'template', template };
  throw new HoldfastError('option_invalid', 'A sensitive option is not taken in clear.', {
    field,
    remedy: `Write ${referenceTo('NAME')}, or seal the value in the client and send it in sealedOptions.`,
  });
}

/** Who names a secret for an option means that it is used. */
function hiddenInput(type: ComponentType, option: string, sent: unknown): SensitiveInput {
  if (sent === undefined || sent === '' || sent === null) return { kind: 'hidden' };
  throw optionErrors([{ option, detail: `It is used only while ${conditionWords(type, option)}. Leave it out.` }]);
}

function parseFor(field: string, text: string): Template {
  try {
    return parseTemplate(text);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new HoldfastError(error.code, error.message, { field, remedy: error.remedy });
  }
}

const plainSchemas = new WeakMap<ComponentType, object>();

function plainSchemaOf(type: ComponentType): object {
  const known = plainSchemas.get(type);
  if (known !== undefined) return known;
  const sensitive = new Set(sensitiveOptions(type));
  const { allOf: _conditions, ...schema } = type.schema;
  const required = Object.keys(schema.properties).filter((option) => isRequired(type, option) && !sensitive.has(option));
  const made = { ...schema, required };
  plainSchemas.set(type, made);
  return made;
}
