import type { Example } from '../../../examples/index.ts';

/** What stands in the form. */
export interface ExampleValues {
  /** By the example's name of a secret: the one that is chosen; `null` leaves it for later. */
  readonly secrets: Readonly<Record<string, string | null>>;
  /** By component: its name. */
  readonly names: Readonly<Record<string, string>>;
  /** By component and option. */
  readonly options: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly workflowName: string;
}

export function valuesOf(example: Example): ExampleValues {
  return {
    secrets: Object.fromEntries(example.secrets.map(({ name }) => [name, null])),
    names: Object.fromEntries(example.components.map(({ key, name }) => [key, name])),
    options: Object.fromEntries(
      example.components.map(({ key, asks, options }) => [key, Object.fromEntries(asks.map((ask) => [ask, String(options[ask] ?? '')]))]),
    ),
    workflowName: example.workflow.name,
  };
}

/** What is wrong with it, by `KEY`, `KEY OPTION` or the workflow. */
export type ExampleErrors = ReadonlyMap<string, string>;
