import { partName as anyPartName, MAXIMUM_RUNS_DEFAULT } from '@holdfast/api';
import { credentialIn } from '@holdfast/configuration/credential-in';
import { isJsonObject } from '@holdfast/configuration/json-structure';
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { z } from 'zod';
import { aliasesOf, REPEATED_MAXIMUM } from './aliases.ts';
import { EXPRESSION_MAXIMUM_CHARACTERS, expressionFault } from './expression-checks.ts';
import { type Fault, faultOfYaml, faultsOfIssue } from './faults.ts';

/**
 * The file that a workflow is kept in: YAML, with names in place of ids. It names components and holds none
 * of their options, so no value and no address of a system is in it.
 */

const partName = anyPartName.meta({ description: 'Unique in the workflow, without regard to case.' });
const title = z.string().trim().min(1).max(120);
const expression = z.string().trim().min(1).max(EXPRESSION_MAXIMUM_CHARACTERS);

const source = z.discriminatedUnion('kind', [
  z.strictObject({ name: partName, kind: z.literal('upload') }),
  z.strictObject({ name: partName, kind: z.literal('folder'), folder: title }),
  z.strictObject({
    name: partName,
    kind: z.literal('component'),
    component: title.meta({ description: 'A connector of the project, by its name.' }),
    documents: z.enum(['all', 'new']).default('all'),
  }),
]);

const step = z.strictObject({
  name: partName.refine((name) => name.toLowerCase() !== 'original', '“original” is the document as it came.'),
  component: title.meta({ description: 'A model or publisher of the project, by its name.' }),
  input: z.string().min(1).max(64).default('original').meta({ description: 'An earlier step that makes documents, or original.' }),
  condition: expression.optional().meta({ description: 'In CEL: the step takes a document only when it is true.' }),
  mapping: z
    .strictObject({ name: expression.optional(), fields: z.record(z.string().min(1).max(120), expression).optional() })
    .optional()
    .meta({ description: 'In CEL: the name of the document, and the fields of a JSON document in its place.' }),
});

const days = (minimum: number, what: string) =>
  z
    .int()
    .min(minimum)
    .max(3_650)
    .nullable()
    .default(null)
    .meta({ description: `Days after the end of a run that ${what} kept.` });

export const workflowFile = z.strictObject({
  project: title,
  name: title,
  description: z.string().max(4_000).default(''),
  revision: z.int().min(1).optional().meta({
    description:
      'What the file was written from: holdfast workflow apply refuses when the workflow was changed since. Left out: any will do.',
  }),
  maximumRuns: z.int().min(1).max(100).optional().meta({
    description: 'Runs at once. A setting, which holds at once and is no part of a version. Left out: stays as it is.',
  }),
  kept: z
    .strictObject({ documentDays: days(0, 'documents are'), logDays: days(0, 'the log is'), runDays: days(1, 'the run itself is') })
    .optional()
    .meta({
      description:
        'A setting like maximumRuns, which owners and admins change. What is left out in it, or null, is kept as the organization says.',
    }),
  sources: z.array(source).min(1).max(10),
  steps: z.array(step).min(1).max(20),
});
export type WorkflowFile = z.infer<typeof workflowFile>;

/** With its place, from 1. */
export interface FileFault extends Fault {
  readonly line: number;
  readonly column: number;
}

export interface ReadFile {
  /** `undefined` when there are faults. */
  readonly file: WorkflowFile | undefined;
  readonly faults: readonly FileFault[];
  /** Where a field stands, or what is around it. */
  placeOf(field: string): { readonly line: number; readonly column: number };
}

/**
 * Reads a workflow's file, and finds all that is wrong with it as far as the file alone shows.
 *
 * @returns what is wrong in `faults`: no text throws.
 */
export function readWorkflowFile(text: string): ReadFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const placeAt = (offset: number) => {
    const { line, col: column } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(column, 1) };
  };
  const placeOf = (field: string) => {
    for (let path = field === '' ? [] : field.split('.'); path.length > 0; path = path.slice(0, -1)) {
      const node = document.getIn(
        path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
        true,
      ) as Node | undefined;
      if (node?.range) return placeAt(node.range[0]);
    }
    return placeAt(document.contents?.range?.[0] ?? 0);
  };
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => ({ ...placeAt(error.pos[0]), ...faultOfYaml(error) }));
    return { file: undefined, faults, placeOf };
  }
  const { first, unresolved } = aliasesOf(document);
  const refused = (alias: Node | undefined, detail: string) => ({
    file: undefined,
    faults: [{ ...placeAt(alias?.range?.[0] ?? 0), field: '', detail }],
    placeOf,
  });
  if (unresolved !== undefined) return refused(unresolved, STANDS_FOR_NOTHING);
  let read: unknown;
  try {
    read = document.toJS({ maxAliasCount: REPEATED_MAXIMUM });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return refused(first, REPEATS_TOO_MUCH);
  }
  const parsed = workflowFile.safeParse(read);
  const found = parsed.success ? faultsOf(parsed.data) : parsed.error.issues.flatMap((issue) => faultsOfIssue(issue, read));
  const faults = found.map(({ field, detail }) => ({ ...placeOf(field), field, detail }));
  const credential = credentialIn(text);
  if (credential !== undefined) faults.push({ ...placeAt(credential.start), field: '', detail: inClear(credential.words) });
  return { file: faults.length === 0 && parsed.success ? parsed.data : undefined, faults, placeOf };
}

const STANDS_FOR_NOTHING = 'Nothing before it is marked with “&” for it to repeat. Put a text that begins with * into quotes.';
const REPEATS_TOO_MUCH = `More than ${REPEATED_MAXIMUM} parts are repeated by “*”: write them out.`;

function inClear(words: string): string {
  return `This looks like ${words}, and everybody who sees the workflow would see it. Put it into a secret, and let a component use that.`;
}

/** What a schema does not say. */
function faultsOf({ sources, steps }: WorkflowFile): Fault[] {
  const faults = [...repeated(sources, 'sources'), ...repeated(steps, 'steps'), ...repeatedPlaces(sources)];
  for (const [index, { input, condition, mapping }] of steps.entries()) {
    const at = `steps.${index}`;
    const earlier = steps.slice(0, index).some(({ name }) => name.toLowerCase() === input.toLowerCase());
    if (input.toLowerCase() !== 'original' && !earlier) {
      faults.push({ field: `${at}.input`, detail: `No step before this one is called “${input}”; “original” is the document as it came.` });
    }
    const check = (field: string, text: string | undefined, use: 'condition' | 'name' | 'field') => {
      const fault = text === undefined ? undefined : expressionFault(text, use);
      if (fault !== undefined) faults.push({ field: `${at}.${field}`, detail: fault });
    };
    check('condition', condition, 'condition');
    check('mapping.name', mapping?.name, 'name');
    for (const [name, text] of Object.entries(mapping?.fields ?? {})) check(`mapping.fields.${name}`, text, 'field');
  }
  return faults;
}

function repeated(parts: readonly { readonly name: string }[], list: string): Fault[] {
  return parts.flatMap(({ name }, index) =>
    parts.slice(0, index).some((other) => other.name.toLowerCase() === name.toLowerCase())
      ? [{ field: `${list}.${index}.name`, detail: `Another of the ${list} is called “${name}”.` }]
      : [],
  );
}

const PLACE_FIELD = { upload: 'kind', folder: 'folder', component: 'component' } as const;

function repeatedPlaces(sources: WorkflowFile['sources']): Fault[] {
  const places = sources.map(
    (source) => `${source.kind} ${'folder' in source ? source.folder : 'component' in source ? source.component : ''}`,
  );
  return sources.flatMap(({ kind }, index) =>
    places.indexOf(places[index] ?? '') < index
      ? [{ field: `sources.${index}.${PLACE_FIELD[kind]}`, detail: 'Another source reads from the same place: remove one of them.' }]
      : [],
  );
}

/**
 * The text of a workflow's file.
 *
 * @param existing the text of a file whose comments and order stay: it is changed where its values are
 *   others. One that cannot be read as a map of YAML is written new.
 */
export function writeWorkflowFile(file: WorkflowFile, existing?: string): string {
  const document = parseDocument(existing ?? '');
  const plain = withoutDefaults(file, (field) => isMap(document.contents) && document.has(field));
  if (!isWritable(document) || !isMap(document.contents)) return newText(plain);
  try {
    mergeMap(document.contents, plain, document);
    return document.toString({ lineWidth: 0 });
  } catch {
    // A tag, such as that of a set, may not take what stands there now.
    return newText(plain);
  }
}

/** Whether a file names the revision that it was written from. */
export function saysRevision(text: string): boolean {
  const document = parseDocument(text);
  return isWritable(document) && isMap(document.contents) && document.has('revision');
}

/**
 * The text without the revision: as it is kept with the workflow, of which it does not say how often it was
 * changed.
 */
export function withoutRevision(text: string): string {
  if (!saysRevision(text)) return text;
  const document = parseDocument(text);
  document.delete('revision');
  return document.toString({ lineWidth: 0 });
}

/** Whether it says more than a file that is written from nothing. */
export function hasComments(text: string): boolean {
  return /(?:^|\s)#/m.test(text);
}

function isWritable(document: Document): boolean {
  return document.errors.length === 0 && aliasesOf(document).unresolved === undefined;
}

function newText(plain: object): string {
  const document = parseDocument('');
  document.contents = document.createNode(plain) as never;
  return document.toString({ lineWidth: 0 });
}

/**
 * What is left out says the same.
 *
 * @param says whether the file has a setting already: it goes on saying it.
 */
function withoutDefaults({ description, steps, ...file }: WorkflowFile, says: (field: string) => boolean): Record<string, unknown> {
  const { project, name, revision, maximumRuns, sources } = file;
  const kept = Object.entries(file.kept ?? {}).filter(([, days]) => days !== null);
  return {
    project,
    name,
    ...(description !== '' && { description }),
    ...(revision !== undefined && { revision }),
    ...(maximumRuns !== undefined && (maximumRuns !== MAXIMUM_RUNS_DEFAULT || says('maximumRuns')) && { maximumRuns }),
    ...(file.kept !== undefined && (kept.length > 0 || says('kept')) && { kept: Object.fromEntries(kept) }),
    sources,
    steps: steps.map(({ name: called, component, input, condition, mapping }) => ({
      name: called,
      component,
      ...(input !== 'original' && { input }),
      ...(condition !== undefined && { condition }),
      ...(mapping !== undefined && { mapping }),
    })),
  };
}

type Document = ReturnType<typeof parseDocument>;

function mergeMap(map: YAMLMap, values: Record<string, unknown>, document: Document): void {
  // Said although it is the default: it may stay.
  map.items = map.items.filter((pair) => Object.hasOwn(values, keyOf(pair)) || isDefault(keyOf(pair), pair.value));
  for (const [key, value] of Object.entries(values)) {
    const pair = pairOf(map, key);
    const node: unknown = pair?.value;
    if (isMap(node) && isJsonObject(value)) {
      mergeMap(node as YAMLMap, value, document);
    } else if (isSeq(node) && Array.isArray(value)) {
      mergeList(node as YAMLSeq, value as Record<string, unknown>[], document);
    } else if (isScalar(node) && (typeof value !== 'object' || value === null)) {
      if (node.value === value) continue;
      node.value = value;
      // It may say that the former value was another kind (!!binary).
      delete node.tag;
    } else {
      if (pair !== undefined) pair.value = document.createNode(value);
      else addInOrder(map, document.createPair(key, value), key, Object.keys(values));
    }
  }
}

/** As it is read: what YAML takes for a number or truth value is a name like another. */
function keyOf({ key }: Pair): string {
  return String((isScalar(key) ? key.value : key) ?? '');
}

/** The one that is in force. */
function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.findLast((pair) => keyOf(pair) === key);
}

/** Behind the one that stands before it in a file that is written from nothing. */
function addInOrder(map: YAMLMap, pair: Pair, key: string, order: readonly string[]): void {
  const standing = order.slice(0, order.indexOf(key)).findLast((each) => pairOf(map, each) !== undefined);
  const place = map.items.findLastIndex((item) => keyOf(item) === standing);
  map.items.splice(place + 1, 0, pair);
}

const DEFAULTS: Readonly<Record<string, unknown>> = {
  description: '',
  input: 'original',
  documents: 'all',
  documentDays: null,
  logDays: null,
  runDays: null,
};

function isDefault(key: string, node: unknown): boolean {
  return Object.hasOwn(DEFAULTS, key) && DEFAULTS[key] === ((isScalar(node) ? node.value : node) ?? null);
}

/** Items are the same when they have the same name. */
function mergeList(list: YAMLSeq, values: readonly Record<string, unknown>[], document: Document): void {
  const former = new Map(list.items.filter(isMap).map((item) => [item.get('name'), item]));
  list.items = values.map((value) => {
    const item = former.get(value.name);
    if (item === undefined) return document.createNode(value);
    mergeMap(item, value, document);
    return item;
  });
}
