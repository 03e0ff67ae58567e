/** Of a step; also held by the database. */
export const STEP_NAME_MAXIMUM_CHARACTERS = 64;

/**
 * What a step is called when nobody says it: "Invoice reader (EU)" → `invoice-reader-eu`, with a number when
 * another step is called so.
 *
 * @param taken in lower case.
 * @returns 1 to 64 characters `a-z 0-9 - _`, beginning with a letter.
 */
export function freeStepName(componentName: string, taken: ReadonlySet<string>): string {
  const words = componentName
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  const base = words.slice(0, STEP_NAME_MAXIMUM_CHARACTERS - 4) || 'step';
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
