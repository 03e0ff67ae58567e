/** Neither text nor jsonb of PostgreSQL has U+0000, and jsonb no half of a surrogate pair. */
const ESCAPED = /(?![\t\n\r])[\p{Cc}\p{Cs}]/gu;

/**
 * Text from elsewhere (a service, a source, the message of an error) as the database takes it: characters
 * that it refuses, and controls that nobody could see, are written as `\u{0000}`. Take values of secrets out
 * before: they are not found in what is escaped.
 */
export function storable(text: string): string {
  return text.replace(ESCAPED, (character) => `\\u{${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}}`);
}

/** The same for every text in what becomes jsonb. */
export function storableJson(value: object): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'string' ? storable(each) : each));
}

/** Whether `storable` leaves text as it is. */
export function isStoredAsWritten(text: string): boolean {
  return storable(text) === text;
}
