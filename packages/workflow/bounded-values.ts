import type { Environment } from '@marcbachmann/cel-js';

/** Of characters of a text, elements of a list, or bytes, that an expression makes. */
const RESULT_MAXIMUM = 1_048_576;
export const RESULT_TOO_LARGE = 'It makes a text or a list of more than a million characters or elements.';

/** An operator or a function for arguments of some types, as the library keeps it. */
interface Declaration {
  readonly signature: string;
  readonly handler: (...given: unknown[]) => unknown;
}
interface Candidates {
  readonly declarations: Declaration[];
  add(declaration: Declaration): void;
}

/** One expression for each operator and function that may make more than it is given, with how much. */
const MAKERS: readonly (readonly [expression: string, made: (given: readonly unknown[]) => number])[] = [
  ['"" + ""', ([left, right]) => lengthOf(left) + lengthOf(right)],
  ['[""].join()', joinedLength],
  ['[""].join("")', joinedLength],
  ['"".split("")', firstLength],
  ['"".split("", 1)', firstLength],
  ['"".lowerAscii()', firstLength],
  ['"".upperAscii()', firstLength],
  ['string("")', firstLength],
  ['bytes("")', firstLength],
  ['b"".string()', firstLength],
  ['b"".hex()', firstLength],
  ['b"".base64()', firstLength],
  ['b"".json()', firstLength],
];

/**
 * Has what makes texts, lists and bytes look first how much it is asked for. A limit of memory does not end
 * an expression that doubles a text 25 times: one allocation of that size ends the whole process (V8).
 *
 * @param fail makes the error.
 * @throws Error when the library keeps its operators elsewhere than expected. An expression that asks for
 *   more than {@link RESULT_MAXIMUM} throws what `fail` makes.
 */
export function boundValues(environment: Environment, fail: () => Error): void {
  for (const [expression, made] of MAKERS) {
    const parsed = environment.parse(expression);
    const { valid } = parsed.check();
    const { candidates } = parsed.ast as unknown as { candidates?: Candidates };
    // Another release of the library could keep them elsewhere: then nothing may be evaluated.
    if (!valid || candidates === undefined) throw new Error(`What “${expression}” makes cannot be bounded.`);
    // Added again, since what was found for the types of before is remembered.
    for (const declaration of candidates.declarations.splice(0)) candidates.add(bounded(declaration, made, fail));
  }
}

function bounded(declaration: Declaration, made: (given: readonly unknown[]) => number, fail: () => Error): Declaration {
  const { handler } = declaration;
  return Object.create(declaration, {
    handler: {
      enumerable: true,
      value(this: unknown, ...given: unknown[]) {
        if (made(given) > RESULT_MAXIMUM) throw fail();
        return handler.apply(this, given);
      },
    },
  }) as Declaration;
}

function joinedLength([list, separator]: readonly unknown[]): number {
  if (!Array.isArray(list)) return 0;
  return list.reduce((sum: number, each) => sum + lengthOf(each) + lengthOf(separator), 0);
}

function firstLength([value]: readonly unknown[]): number {
  return lengthOf(value);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array ? value.length : 0;
}
