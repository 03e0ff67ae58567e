import type { OutputUnit, Schema } from '@cfworker/json-schema';
import { pointerSegments, valueAt } from './json-pointer.ts';
import { isJsonObject } from './json-structure.ts';

/** What is wrong with one option, in words for the person who fills the form in. */
export interface OptionProblem {
  /** From the root of the configuration to the option, without array syntax. */
  path: string[];
  keyword: string;
  message: string;
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'Enter an e-mail address, for example ada@example.com.',
  uri: 'Enter a whole address, for example https://example.com/path.',
  url: 'Enter a whole address, for example https://example.com/path.',
  hostname: 'Enter a host name, for example storage.example.com.',
  ipv4: 'Enter an IPv4 address, for example 192.0.2.1.',
  ipv6: 'Enter an IPv6 address, for example 2001:db8::1.',
  date: 'Enter a date as year-month-day, for example 2026-11-24.',
  'date-time': 'Enter a date and time, for example 2026-11-24T09:30:00Z.',
  uuid: 'Enter an id of the form 00000000-0000-0000-0000-000000000000.',
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'Enter text.',
  number: 'Enter a number.',
  integer: 'Enter a whole number.',
  boolean: 'Choose yes or no.',
  array: 'Enter a list.',
  object: 'Fill in the options.',
};

/**
 * The validator's findings in plain English. Findings that only say that something inside is wrong are left
 * out. The words never repeat what was typed.
 */
export function describeSchemaErrors(schema: Schema, instance: unknown, units: readonly OutputUnit[]): OptionProblem[] {
  const problems = units.flatMap((unit) => problemsOf(schema, instance, unit));
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = `${path.join('/')} ${message}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

function problemsOf(schema: Schema, instance: unknown, unit: OutputUnit): OptionProblem[] {
  const path = segmentsOf(unit.instanceLocation);
  const rules = valueAt(schema, segmentsOf(unit.keywordLocation).slice(0, -1));
  if (!isJsonObject(rules)) return [];
  if (unit.keyword === 'required') {
    const value = valueAt(instance, path);
    const names = Array.isArray(rules.required) ? rules.required.filter((name) => typeof name === 'string') : [];
    return names
      .filter((name) => !isJsonObject(value) || value[name] === undefined)
      .map((name) => ({ path: [...path, name], keyword: 'required', message: 'This is required.' }));
  }
  const message = messageOf(unit.keyword, rules);
  return message === undefined ? [] : [{ path, keyword: unit.keyword, message }];
}

function messageOf(keyword: string, rules: Record<string, unknown>): string | undefined {
  const limit = rules[keyword];
  switch (keyword) {
    case 'type':
      return TYPES[String(Array.isArray(limit) ? limit[0] : limit)] ?? 'This is of the wrong kind.';
    case 'minLength':
      return limit === 1 ? 'This is required.' : `Enter at least ${count(limit, 'character')}.`;
    case 'maxLength':
      return `Enter at most ${count(limit, 'character')}.`;
    case 'pattern':
      if (typeof rules['x-pattern-words'] === 'string') return rules['x-pattern-words'];
      return typeof rules.description === 'string'
        ? `Follow the rule: ${rules.description}`
        : 'This does not have the form that is asked for.';
    case 'format':
      return FORMATS[String(limit)] ?? `Enter a valid ${String(limit)}.`;
    case 'enum':
      return Array.isArray(limit) ? `Choose one of: ${limit.map(String).join(', ')}.` : 'Choose one of the list.';
    case 'const':
      return `This can only be ${String(limit)}.`;
    case 'minimum':
      return `Enter ${String(limit)} or more.`;
    case 'maximum':
      return `Enter ${String(limit)} or less.`;
    case 'exclusiveMinimum':
      return `Enter more than ${String(limit)}.`;
    case 'exclusiveMaximum':
      return `Enter less than ${String(limit)}.`;
    case 'multipleOf':
      return `Enter a multiple of ${String(limit)}.`;
    case 'minItems':
      return `Enter at least ${count(limit, 'entry', 'entries')}.`;
    case 'maxItems':
      return `Enter at most ${count(limit, 'entry', 'entries')}.`;
    case 'uniqueItems':
      return 'Enter each of them once.';
    case 'anyOf':
    case 'oneOf':
    case 'not':
      return 'This does not fit any of the forms that are allowed.';
    default:
      return undefined;
  }
}

function count(limit: unknown, one: string, many = `${one}s`): string {
  return `${String(limit)} ${limit === 1 ? one : many}`;
}

/** Of a JSON Pointer in a URI fragment (RFC 6901, section 6). */
function segmentsOf(location: string): string[] {
  return pointerSegments(decodeURIComponent(location.replace(/^#/, '')));
}
