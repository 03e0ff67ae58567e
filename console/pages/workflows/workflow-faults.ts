import { ORIGINAL, PART_NAME_PATTERN, PART_NAME_RULE } from '@holdfast/api';
import type { WorkflowValues } from './workflow-values.ts';

/** What the browser finds before anything is sent, by field of the form. */
export function faultsOf({ name, description, sources, steps }: WorkflowValues): Record<string, string | null> {
  return {
    name: name.trim() === '' ? 'Enter a name.' : null,
    description: description.length > 4000 ? 'At most 4,000 characters.' : null,
    ...Object.fromEntries(
      sources.flatMap(({ kind, folder, connector }, index) => {
        if (kind === 'folder' && !folder) return [[`sources.${index}.folder`, 'Choose a folder.']];
        return kind === 'component' && !connector ? [[`sources.${index}.connector`, 'Choose a connector.']] : [];
      }),
    ),
    ...Object.fromEntries(
      steps.flatMap(({ componentId, name, fields }, index) => [
        ...nameFault(steps, index, name),
        ...(componentId === null ? [[`steps.${index}`, 'Choose a model or publisher.']] : []),
        ...fields.flatMap((field, position) => {
          const at = `steps.${index}.fields.${position}`;
          const isRepeated = fields.slice(0, position).some((other) => other.name.trim() === field.name.trim());
          return [
            ...(field.name.trim() === '' ? [[`${at}.name`, 'Enter a name.']] : []),
            ...(field.name.trim() !== '' && isRepeated ? [[`${at}.name`, 'Another field has this name.']] : []),
            ...(field.expression.trim() === '' ? [[`${at}.expression`, 'Write an expression, or remove the field.']] : []),
          ];
        }),
      ]),
    ),
  };
}

function nameFault(steps: WorkflowValues['steps'], index: number, name: string): [string, string][] {
  const at = `steps.${index}.name`;
  const said = name.trim().toLowerCase();
  if (said === '') return [];
  if (said === ORIGINAL) return [[at, '“original” is the document as it came.']];
  if (!PART_NAME_PATTERN.test(name.trim())) return [[at, PART_NAME_RULE]];
  const isRepeated = steps.slice(0, index).some((other) => other.name.trim().toLowerCase() === said);
  return isRepeated ? [[at, `Another step is called “${name.trim()}”.`]] : [];
}

/** Where the form shows what the server says about a field; `undefined` when it has no such place. */
export function formFieldOf(field: string, { steps, sources }: WorkflowValues): string | undefined {
  if (field === 'name' || field === 'description' || field === 'note') return field;
  const [, list = '', number = '', rest = ''] = /^(sources|steps)\.(\d+)(?:\.(.+))?$/.exec(field) ?? [];
  const index = Number(number);
  if (list === 'sources' && index < sources.length) {
    if (rest === 'componentId') return `sources.${index}.connector`;
    if (rest === 'folder') return field;
    return rest === 'name' && sources.length > 1 ? field : `sources.${index}.kind`;
  }
  const step = steps[index];
  if (list !== 'steps' || step === undefined) return undefined;
  if (rest === 'condition' || rest === 'name') return field;
  if (rest === 'mapping.name') return `steps.${index}.mappedName`;
  if (rest.startsWith('mapping.fields.')) {
    const position = step.fields.findIndex(({ name }) => name.trim() === rest.slice('mapping.fields.'.length));
    if (position !== -1) return `steps.${index}.fields.${position}.expression`;
  }
  return `steps.${index}`;
}
