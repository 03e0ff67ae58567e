import type { ComponentType } from '@holdfast/api';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { optionsOf } from '../../forms/form-schema.ts';

/** The server's words about a component, where its form shows them. */
export interface ComponentProblems {
  readonly name: string | undefined;
  readonly options: ReadonlyMap<string, string>;
  /** What belongs to no field; it stands above the buttons. */
  readonly elsewhere: ShownProblem | undefined;
}

export const NO_PROBLEMS: ComponentProblems = { name: undefined, options: new Map(), elsewhere: undefined };

export function componentProblems(error: unknown, type: ComponentType): ComponentProblems {
  const shown = problemOf(error);
  if (shown.code === 'name_taken') return { ...NO_PROBLEMS, name: 'Another component of the project has this name.' };
  const known = new Set(optionsOf(type).map(([option]) => option));
  const options = new Map<string, string>();
  let name: string | undefined;
  let placed = 0;
  for (const [field, message] of shown.fields) {
    const option = field.split(/[./]/).find((segment) => known.has(segment));
    if (field === 'name' || field === 'body.name') name = message;
    else if (option !== undefined) options.set(option, message);
    else continue;
    placed += 1;
  }
  return { name, options, elsewhere: placed > 0 && placed === shown.fields.size ? undefined : shown };
}
