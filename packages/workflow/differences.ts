/** What a workflow does, as people read it: parts and components by their names. */
export interface DescribedDefinition {
  readonly sources: readonly DescribedSource[];
  readonly steps: readonly DescribedStep[];
}

interface DescribedSource {
  readonly name: string;
  /** What it reads: “uploaded files”, “new documents of Inbox”. */
  readonly reads: string;
}

interface DescribedStep {
  readonly name: string;
  readonly component: string;
  /** `original`, or the name of an earlier step. */
  readonly input: string;
  readonly condition?: string | undefined;
  readonly mapping?: { readonly name?: string | undefined; readonly fields?: Readonly<Record<string, string>> | undefined } | undefined;
}

/**
 * What somebody changed, in sentences; none when both do the same.
 *
 * @param before `undefined`: there was nothing.
 */
export function differencesOf(before: DescribedDefinition | undefined, after: DescribedDefinition): string[] {
  if (before === undefined) return [];
  return [...sourceDifferences(before.sources, after.sources), ...stepDifferences(before.steps, after.steps)];
}

/** What became of one source or step. */
export interface PartChange {
  readonly kind: 'added' | 'changed' | 'removed';
  /** In sentences; none of what is new or gone. */
  readonly how: readonly string[];
}

/**
 * What became of each source and step, by its name: of what is removed the former one. What is as it was is
 * left out.
 */
export function partChangesOf(
  before: DescribedDefinition,
  after: DescribedDefinition,
): { readonly sources: ReadonlyMap<string, PartChange>; readonly steps: ReadonlyMap<string, PartChange> } {
  return {
    sources: changesOfParts(
      before.sources,
      after.sources,
      (one, other) => one.reads === other.reads,
      (former, source) => [
        ...(former.name === source.name ? [] : [`It was called “${former.name}”.`]),
        ...(former.reads === source.reads ? [] : [`It read ${former.reads}.`]),
      ],
    ),
    steps: changesOfParts(
      before.steps,
      after.steps,
      (one, other) => one.component === other.component,
      (former, step, nameNow) => stepChanges({ ...former, input: nameNow.get(former.input) ?? former.input }, step),
    ),
  };
}

function changesOfParts<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  alike: (one: T, other: T) => boolean,
  howChanged: (former: T, part: T, nameNow: ReadonlyMap<string, string>) => string[],
): Map<string, PartChange> {
  const renamed = renamedParts(before, after, alike);
  const nameNow = new Map(after.map(({ name }) => [renamed.get(name) ?? name, name]));
  const changes = new Map<string, PartChange>();
  for (const { name } of removedFrom(before, after, renamed)) changes.set(name, { kind: 'removed', how: [] });
  for (const part of after) {
    const former = before.find(({ name }) => name === (renamed.get(part.name) ?? part.name));
    const how = former === undefined ? [] : howChanged(former, part, nameNow);
    if (former === undefined) changes.set(part.name, { kind: 'added', how });
    else if (how.length > 0) changes.set(part.name, { kind: 'changed', how });
  }
  return changes;
}

function sourceDifferences(before: readonly DescribedSource[], after: readonly DescribedSource[]): string[] {
  const renamed = renamedParts(before, after, (one, other) => one.reads === other.reads);
  const former = (name: string) => before.find((source) => source.name === (renamed.get(name) ?? name));
  return [
    ...removedFrom(before, after, renamed).map(({ name, reads }) => `Source “${name}” is removed: ${reads}.`),
    ...after.flatMap(({ name, reads }) => {
      const source = former(name);
      if (source === undefined) return [`Source “${name}” is new: ${reads}.`];
      if (source.name !== name) return [`Source “${source.name}” is called “${name}”.`];
      return source.reads === reads ? [] : [`Source “${name}” reads ${reads} in place of ${source.reads}.`];
    }),
  ];
}

function stepDifferences(before: readonly DescribedStep[], after: readonly DescribedStep[]): string[] {
  const renamed = renamedParts(before, after, (one, other) => one.component === other.component);
  const formerName = (name: string) => renamed.get(name) ?? name;
  const nameNow = new Map(after.map(({ name }) => [formerName(name), name]));
  const kept = after.filter(({ name }) => before.some((step) => step.name === formerName(name)));
  const orderBefore = before.filter(({ name }) => nameNow.has(name)).map(({ name }) => nameNow.get(name));
  const reordered = kept.some(({ name }, place) => orderBefore[place] !== name);
  return [
    ...removedFrom(before, after, renamed).map(({ name, component }) => `Step “${name}” is removed (${component}).`),
    ...after.flatMap((step) => {
      const former = before.find(({ name }) => name === formerName(step.name));
      if (former === undefined)
        return [
          `Step “${step.name}” is new: ${step.component}, with ${inputInWords(step.input)}.`,
          ...stepChanges({ ...step, condition: undefined, mapping: undefined }, step),
        ];
      return stepChanges({ ...former, input: nameNow.get(former.input) ?? former.input }, step);
    }),
    ...(reordered ? [`The steps are in another order: ${after.map(({ name }) => name).join(', ')}.`] : []),
  ];
}

function stepChanges(before: DescribedStep, after: DescribedStep): string[] {
  const { name, component, input } = after;
  const changes: string[] = [];
  if (before.name !== name) changes.push(`Step “${before.name}” is called “${name}”.`);
  if (before.component !== component) changes.push(`Step “${name}” uses ${component} in place of ${before.component}.`);
  if (before.input !== input) changes.push(`Step “${name}” takes ${inputInWords(input)} in place of ${inputInWords(before.input)}.`);
  const expressions = new Map(expressionsOf(before));
  for (const [what, text] of expressionsOf(after)) {
    const former = expressions.get(what);
    expressions.delete(what);
    if (former === undefined) changes.push(`Step “${name}” has a ${what}: ${text}`);
    else if (former !== text) changes.push(`Step “${name}” has another ${what}: ${text} (was: ${former})`);
  }
  for (const what of expressions.keys()) changes.push(`Step “${name}” has no ${what} any more.`);
  return changes;
}

function expressionsOf({ condition, mapping }: DescribedStep): [string, string][] {
  return [
    ...(condition === undefined ? [] : [['condition', condition] as [string, string]]),
    ...(mapping?.name === undefined ? [] : [['mapping of the name', mapping.name] as [string, string]]),
    ...Object.entries(mapping?.fields ?? {}).map(([field, text]): [string, string] => [`mapping of “${field}”`, text]),
  ];
}

function inputInWords(input: string): string {
  return input === 'original' ? 'the original document' : `what “${input}” makes`;
}

/** The former name of each part that has a new one and stands, alike, where the former stood. */
function renamedParts<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  alike: (one: T, other: T) => boolean,
): Map<string, string> {
  const renamed = new Map<string, string>();
  for (const [place, part] of after.entries()) {
    const former = before[place];
    if (former === undefined || former.name === part.name || !alike(former, part)) continue;
    if (before.some(({ name }) => name === part.name) || after.some(({ name }) => name === former.name)) continue;
    renamed.set(part.name, former.name);
  }
  return renamed;
}

function removedFrom<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  renamed: ReadonlyMap<string, string>,
): T[] {
  const still = new Set(after.map(({ name }) => renamed.get(name) ?? name));
  return before.filter(({ name }) => !still.has(name));
}
