/** Both spellings work, for the whole of an option. */
const REFERENCE = /^\$\{secrets?\.([A-Za-z][A-Za-z0-9_-]{0,127})\}$/;

/** The name in `${secret.NAME}`; `undefined` for any other text. */
export function referencedName(text: string): string | undefined {
  return REFERENCE.exec(text)?.[1];
}

export function referenceTo(secretName: string): string {
  return `\${secret.${secretName}}`;
}
