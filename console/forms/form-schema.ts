import type { Component, ComponentType } from '@holdfast/api';
import {
  isRequired as isRequiredOption,
  isShown as isShownOption,
  type ComponentType as ReadType,
  referenceTo,
  sensitiveOptions,
} from '@holdfast/configuration';
import type { RJSFSchema, UiSchema } from '@rjsf/utils';
import { capitalized } from '../ui/capitalized.ts';
import { choiceOf, type SensitiveChoice } from './sensitive-choice.ts';

type OptionSchema = RJSFSchema & {
  'x-secret'?: boolean;
  'x-destination'?: boolean | string;
  'x-section'?: string;
  'x-initial'?: unknown;
  'x-enum-words'?: Readonly<Record<string, string>>;
};

/** The options of a component type by name, in the order of its schema. */
export function optionsOf(type: ComponentType): [name: string, schema: OptionSchema][] {
  const properties = (type.schema as RJSFSchema).properties ?? {};
  return Object.entries(properties).filter((entry): entry is [string, OptionSchema] => typeof entry[1] === 'object');
}

export function sensitiveOptionsOf(type: ComponentType): [name: string, schema: OptionSchema][] {
  const sensitive = new Set(sensitiveOptions(asRead(type)));
  return optionsOf(type).filter(([name]) => sensitive.has(name));
}

export function isRequired(type: ComponentType, option: string): boolean {
  return isRequiredOption(asRead(type), option);
}

/** By what stands in the other options now. */
export function isShown(type: ComponentType, data: FormData, option: string): boolean {
  return isShownOption(asRead(type), data, option);
}

/** The API carries the schema as any JSON; the server sends what packages/configuration describes. */
export function asRead(type: ComponentType): ReadType {
  return type as unknown as ReadType;
}

/**
 * The schema that the form is drawn from: the type's own, with a choice in place of each sensitive value.
 * What the value itself must look like is checked beside its input, so that it never becomes part of the
 * form's data.
 */
export function formSchema(type: ComponentType): RJSFSchema {
  const schema = type.schema as RJSFSchema;
  const sensitive = new Set(sensitiveOptionsOf(type).map(([name]) => name));
  const properties = Object.fromEntries(
    optionsOf(type).map(([name, option]) => [
      name,
      sensitive.has(name) ? { type: 'object' as const, title: option.title ?? name, 'x-secret': true } : option,
    ]),
  );
  // What is to be filled only at times is a sensitive option, which is checked with its value.
  const { title: _title, description: _description, allOf: _conditions, ...rest } = schema;
  return { ...rest, properties, required: (schema.required ?? []).filter((name) => !sensitive.has(name)) } as RJSFSchema;
}

export function formUiSchema(type: ComponentType): UiSchema {
  const uiSchema: UiSchema = {};
  for (const [name, option] of optionsOf(type)) {
    if (option['x-secret'] === true) {
      uiSchema[name] = {
        'ui:field': 'SensitiveOption',
        'ui:fieldReplacesAnyOrOneOf': true,
        'ui:description': option.description ?? '',
        'ui:options': { requiredOption: isRequired(type, name) },
      };
    } else if (Array.isArray(option.enum)) {
      uiSchema[name] = { 'ui:enumNames': option.enum.map((choice) => option['x-enum-words']?.[String(choice)] ?? inWords(String(choice))) };
    }
  }
  return uiSchema;
}

/** `account-default` reads "Account default". */
function inWords(choice: string): string {
  return capitalized(choice.replaceAll(/[-_]/g, ' '));
}

export type FormData = Record<string, unknown>;

/** What the form starts with: a saved component's configuration, or what the schema has for a new one. */
export function initialFormData(type: ComponentType, component: Component | undefined): FormData {
  const data: FormData = {};
  for (const [name, option] of optionsOf(type)) {
    if (option['x-secret'] === true) data[name] = choiceOf(component, name);
    else if (component?.configuration[name] !== undefined) data[name] = component.configuration[name];
    else if (component === undefined && option['x-initial'] !== undefined) data[name] = option['x-initial'];
    else if (option.default !== undefined) data[name] = option.default;
  }
  return data;
}

/**
 * What is sent as `configuration`: references in place of chosen secrets; options with an own value, and
 * those that are hidden, are left out.
 */
export function configurationOf(type: ComponentType, data: FormData): Record<string, unknown> {
  const configuration: Record<string, unknown> = {};
  for (const [name, option] of optionsOf(type)) {
    if (!isShown(type, data, name)) continue;
    const value = data[name];
    if (option['x-secret'] === true) {
      const choice = value as SensitiveChoice | undefined;
      if (choice?.source === 'organization-secret' && choice.secretName !== null) configuration[name] = referenceTo(choice.secretName);
      if (choice?.source === 'text') configuration[name] = choice.text;
    } else if (value !== undefined) {
      configuration[name] = value;
    }
  }
  return configuration;
}

/** Parts of the form: titled ones as the type says; else what is secret first, then the rest. */
export function sectionsOf(type: ComponentType): { title: string | undefined; options: string[] }[] {
  const sections = new Map<string, { title: string | undefined; options: string[] }>();
  const options = optionsOf(type);
  const untitled = options.filter(([, option]) => option['x-section'] === undefined);
  for (const [name, option] of [
    ...untitled.filter(([, { 'x-secret': secret }]) => secret === true),
    ...untitled.filter(([, { 'x-secret': secret }]) => secret !== true),
    ...options.filter(([, { 'x-section': section }]) => section !== undefined),
  ]) {
    const title = option['x-section'];
    const key = title ?? (option['x-secret'] === true ? ' secret' : ' plain');
    const section = sections.get(key) ?? { title, options: [] };
    section.options.push(name);
    sections.set(key, section);
  }
  return [...sections.values()];
}

/** A name for the secret of an option: `connectionString` → `CONNECTION_STRING`. */
export function nameForOption(option: string): string {
  return option.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
