/** Of a source or step of a workflow. */
const PART_NAME_MAXIMUM_CHARACTERS = 64;

/**
 * What a source or step is called when nobody says it: "Invoice reader (EU)" → `invoice-reader-eu`, with a
 * number when another is called so.
 *
 * @param from the name of its component or folder.
 * @param taken in lower case.
 * @param otherwise when the name has no letter that could be taken over.
 * @returns 1 to 64 characters `a-z 0-9 - _`, beginning with a letter.
 */
export function freePartName(from: string, taken: ReadonlySet<string>, otherwise: 'source' | 'step'): string {
  const words = from
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  const base = words.slice(0, PART_NAME_MAXIMUM_CHARACTERS - 4) || otherwise;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
