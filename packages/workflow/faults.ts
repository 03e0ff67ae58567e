import type { YAMLError } from 'yaml';
import type { z } from 'zod';

/** What is wrong with a field of a workflow's file, and what to do: the one author of these words. */

export interface Fault {
  /** `steps.0.condition`; empty for the whole file. */
  readonly field: string;
  readonly detail: string;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list, whose entries begin with “- ”',
  object: 'a group of fields',
  record: 'a group of fields',
};

/** By where they stand; numbers are left out. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '': ['project', 'name', 'description', 'revision', 'maximumRuns', 'kept', 'sources', 'steps'],
  kept: ['documentDays', 'logDays', 'runDays'],
  sources: ['name', 'kind', 'folder (of a folder)', 'component and documents (of a component)'],
  steps: ['name', 'component', 'input', 'condition', 'mapping'],
  'steps.mapping': ['name', 'fields'],
};

/**
 * What Zod finds wrong with a workflow's file, in words for the person who wrote it: one fault, or for fields
 * that are not known one of each.
 *
 * @param issue of `workflowFile`.
 * @param file what was read, for what stands in the place of the issue.
 */
export function faultsOfIssue(issue: z.core.$ZodIssue, file: unknown): Fault[] {
  const path = issue.path.map(String);
  const field = path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ field, detail: detailOf(issue, valueAt(file, path)) }];
  const known = FIELDS[path.filter((part) => !/^\d+$/.test(part)).join('.')];
  const remedy = known === undefined ? '' : ` It may have: ${known.join(', ')}.`;
  return issue.keys.map((key) => ({
    field: [...path, key].join('.'),
    detail: `A workflow’s file has no field “${key}” here.${remedy}`,
  }));
}

function detailOf(issue: z.core.$ZodIssue, value: unknown): string {
  const last = issue.path.at(-1);
  switch (issue.code) {
    case 'invalid_type':
      if (value == null && last === undefined) return `A workflow’s file has the fields ${FIELDS['']?.join(', ')}.`;
      if (value === undefined) return `“${String(last)}” is missing here: add it, followed by a colon.`;
      return `It must be ${TYPES[issue.expected] ?? issue.expected}, and is ${kindOf(value)}.${issue.expected === 'string' && typeof value !== 'object' ? ' Put it into quotes.' : ''}`;
    case 'too_small':
      if (issue.origin === 'string') return 'It is empty: write something behind the colon, or remove the line.';
      return issue.origin === 'array' ? `It needs at least ${issue.minimum}: add one.` : `It must be at least ${issue.minimum}.`;
    case 'too_big':
      if (issue.origin === 'string') return `It may have at most ${issue.maximum.toLocaleString('en')} characters.`;
      return issue.origin === 'array' ? `There may be at most ${issue.maximum}.` : `It must be at most ${issue.maximum}.`;
    case 'invalid_value':
      return `It must be one of: ${issue.values.join(', ')}.`;
    case 'invalid_union': {
      const choices = [...issue.message.matchAll(/'([^']+)'/g)].map(([, choice]) => choice);
      return choices.length === 0 ? issue.message : `It must be one of: ${choices.join(', ')}.`;
    }
    default:
      return issue.message;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of fields';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'number' ? 'a number' : String(value);
}

function valueAt(file: unknown, path: readonly string[]): unknown {
  return path.reduce((value, part) => (value as Record<string, unknown> | null | undefined)?.[part], file);
}

const REMEDIES: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BAD_INDENT: 'Give the entries of a list, and the fields of an entry, the same number of spaces, and close its brackets.',
  DUPLICATE_KEY: 'Remove one of them.',
  MISSING_CHAR: 'Close the quote or bracket; behind the name of a field comes a colon.',
  UNEXPECTED_TOKEN: 'Put a text with colons, quotes or brackets into quotes.',
  BAD_SCALAR_START: 'Put a text that begins with a sign into quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a text with a colon into quotes.',
  MULTILINE_IMPLICIT_KEY: 'Behind the name of a field comes a colon.',
  MULTIPLE_DOCS: 'One file holds one workflow: take out the line “---” and what follows it.',
};

/** What is wrong with a text that is no YAML: a fault of the whole file. */
export function faultOfYaml({ code, message }: Pick<YAMLError, 'code' | 'message'>): Fault {
  const what = (message.split(/ at line \d+|\n/)[0]?.trim() ?? message).replace(/[.:]$/, '');
  const remedy = REMEDIES[code];
  return { field: '', detail: `This is no YAML: ${what}.${remedy === undefined ? '' : ` ${remedy}`}` };
}
