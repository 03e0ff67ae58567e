import { type OutputUnit, Validator } from '@cfworker/json-schema';
import { HoldfastError } from '@holdfast/api';
import { type ComponentType, type OptionSchema, sensitiveOptions } from '@holdfast/connector/component-type';
import { referencedName, referenceTo } from './secret-reference.ts';

/** What a sensitive option is to be, as far as the configuration says it. */
export type SensitiveWish =
  | { readonly kind: 'reference'; readonly secretName: string }
  /** Left out: an own value that is there stays. */
  | { readonly kind: 'unsaid' }
  /** `null`: whatever filled it goes. */
  | { readonly kind: 'cleared' };

export interface CheckedConfiguration {
  /** Without the sensitive options. */
  readonly configuration: Record<string, unknown>;
  readonly wishes: ReadonlyMap<string, SensitiveWish>;
}

const CONFIGURATION_MAXIMUM_BYTES = 65_536;

/**
 * Checks a configuration against the JSON Schema of its type, and takes the sensitive options out of it. A value in clear is
 * refused and never repeated. Throws `option_invalid` with all options that are wrong.
 */
export function checkConfiguration(type: ComponentType, sent: Readonly<Record<string, unknown>>): CheckedConfiguration {
  if (Buffer.byteLength(JSON.stringify(sent)) > CONFIGURATION_MAXIMUM_BYTES) {
    throw new HoldfastError('option_invalid', 'The configuration is larger than 64 KiB.', { field: 'configuration' });
  }
  const sensitive = sensitiveOptions(type);
  const wishes = new Map(sensitive.map((option) => [option, readWish(option, sent[option])] as const));
  const configuration = Object.fromEntries(Object.entries(sent).filter(([option]) => !sensitive.includes(option)));

  const unknown = Object.keys(configuration).filter((option) => !Object.hasOwn(type.schema.properties, option));
  if (unknown.length > 0)
    throw optionErrors(unknown.map((option) => ({ option: option.slice(0, 80), detail: 'This type has no such option.' })));
  const plainSchema = { ...type.schema, required: type.schema.required.filter((option) => !sensitive.includes(option)) };
  const { valid, errors } = new Validator(plainSchema, '2020-12', false).validate(configuration);
  if (!valid) throw optionErrors(explain(type, configuration, errors));
  return { configuration, wishes };
}

function readWish(option: string, sent: unknown): SensitiveWish {
  if (sent === undefined || sent === '') return { kind: 'unsaid' };
  if (sent === null) return { kind: 'cleared' };
  const secretName = typeof sent === 'string' ? referencedName(sent) : undefined;
  if (secretName !== undefined) return { kind: 'reference', secretName };
  throw new HoldfastError('option_invalid', 'A sensitive option is not taken in clear.', {
    field: `configuration.${option}`,
    remedy: `Write ${referenceTo('NAME')}, or seal the value in the client and send it in sealedOptions.`,
  });
}

/** One message for each option that is wrong, in the words of its schema. */
function explain(
  type: ComponentType,
  configuration: Record<string, unknown>,
  errors: readonly OutputUnit[],
): { option: string; detail: string }[] {
  const explained = new Map<string, string>();
  for (const { keyword, instanceLocation, keywordLocation } of errors) {
    if (keyword === 'required') {
      for (const option of type.schema.required) {
        if (configuration[option] === undefined) explained.set(option, 'This is required.');
      }
      continue;
    }
    const [, option] = instanceLocation.split('/');
    const schema = option === undefined ? undefined : type.schema.properties[option];
    if (option === undefined || schema === undefined || explained.has(option)) continue;
    const [, , , words] = keywordLocation.split('/');
    explained.set(option, requirementOf(schema, words ?? keyword));
  }
  return [...explained].map(([option, detail]) => ({ option, detail }));
}

function requirementOf(schema: OptionSchema, keyword: string): string {
  switch (keyword) {
    case 'type':
      return `It must be a ${schema.type}.`;
    case 'enum':
      return `Choose one of: ${(schema.enum as unknown[]).join(', ')}.`;
    case 'maxLength':
      return `At most ${schema.maxLength} characters.`;
    case 'minLength':
      return `At least ${schema.minLength} ${schema.minLength === 1 ? 'character' : 'characters'}.`;
    case 'minimum':
      return `At least ${schema.minimum}.`;
    case 'maximum':
      return `At most ${schema.maximum}.`;
    default:
      return schema.description ?? 'It does not have the form that this option asks for.';
  }
}

export function optionErrors(errors: readonly { option: string; detail: string }[]): HoldfastError {
  const fields = errors.map(({ option, detail }) => ({ field: `configuration.${option}`, detail }));
  const [first] = fields;
  return new HoldfastError('option_invalid', first?.detail, {
    ...(first === undefined ? {} : { field: first.field }),
    extra: { errors: fields },
    remedy: 'Correct the options that are named.',
  });
}
