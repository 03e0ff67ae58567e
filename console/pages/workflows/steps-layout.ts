import { ORIGINAL, type WorkflowDefinition } from '@holdfast/api';

/** In pixels at a font size of 16. */
export const NODE = { width: 216, height: 60 } as const;
/** One that says how long it takes, below its name. */
export const TIMED_NODE = { width: 216, height: 78 } as const;
export type NodeSize = typeof NODE | typeof TIMED_NODE;
const GAP_BELOW = 16;
const GAP = 44;
/** Where a condition stands between two columns. */
const GAP_WITH_CONDITION = 196;
/** From a node to where its lines part. */
const TRUNK = 18;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface StepPlace extends Place {
  /** Where its lines come from: of the original, every source. */
  readonly from: readonly Place[];
  /** The free part of the line in front of it, where its condition stands. */
  readonly label: { readonly x: number; readonly width: number };
  /** Whether what it takes stands right before it in the list. */
  readonly isNext: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly sources: readonly Place[];
  readonly steps: readonly StepPlace[];
}

/**
 * Places for what a document goes through. Each step takes the original or what one earlier step makes, so
 * this is a tree: columns are by depth, and the first branch goes straight on.
 */
export function layoutOf({ sources, steps }: Pick<WorkflowDefinition, 'sources' | 'steps'>, node: NodeSize = NODE): Layout {
  const rowHeight = node.height + GAP_BELOW;
  const inputs = steps.map(({ input }) => (input === ORIGINAL ? -1 : steps.findIndex(({ name }) => name === input)));
  const columns: number[] = [];
  for (const input of inputs) columns.push(1 + (input === -1 ? 0 : (columns[input] ?? 0)));
  const rows: number[] = [];
  let next = 0;
  const placeRow = (step: number) => {
    rows[step] = next;
    const children = inputs.flatMap((input, child) => (input === step ? [child] : []));
    if (children.length === 0) next += 1;
    for (const child of children) placeRow(child);
  };
  for (const [step, input] of inputs.entries()) if (input === -1) placeRow(step);

  const gapBefore = (column: number) =>
    steps.some(({ condition }, step) => condition !== undefined && columns[step] === column) ? GAP_WITH_CONDITION : GAP;
  const xs = [0];
  for (let column = 1; column <= Math.max(0, ...columns); column++) xs.push((xs[column - 1] ?? 0) + node.width + gapBefore(column));
  const sourcePlaces = sources.map((_, row) => ({ x: 0, y: row * rowHeight }));
  const stepPlaces = steps.map((_, step) => ({ x: xs[columns[step] ?? 0] ?? 0, y: (rows[step] ?? 0) * rowHeight }));
  return {
    width: (xs.at(-1) ?? 0) + node.width,
    height: (Math.max(sources.length, next, 1) - 1) * rowHeight + node.height,
    sources: sourcePlaces,
    steps: stepPlaces.map((place, step) => {
      const input = inputs[step] ?? -1;
      const before = stepPlaces[input];
      const left = (xs[(columns[step] ?? 1) - 1] ?? 0) + node.width + TRUNK + 8;
      return {
        ...place,
        from: before === undefined ? sourcePlaces : [before],
        label: { x: left, width: place.x - left - 14 },
        isNext: input === step - 1,
      };
    }),
  };
}

/** A line from the right side of one node to the left side of another, with an arrow at its end. */
export function lineBetween(from: Place, to: Place, node: NodeSize = NODE): string {
  const [start, end] = [from.y + node.height / 2, to.y + node.height / 2];
  const right = from.x + node.width;
  return `M${right} ${start}H${right + TRUNK}V${end}H${to.x - 1}m-6-5 6 5-6 5`;
}
