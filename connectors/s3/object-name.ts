import { fitName, type NameRules } from '@holdfast/connector';

/** Characters that S3 cannot list (XML 1.0 has none for them), or that are no characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const REPLACED = /[\u0000-\u001f\u007f-\u009f\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const OBJECT_NAME_RULES = {
  unit: 'bytes',
  longest: 1_024,
  leastLastPart: 96,
  fitPart: (part) => part.replace(REPLACED, '_').replace(/^\.{1,2}$/, (dots) => '_'.repeat(dots.length)),
} as const satisfies NameRules;

/** The key of a document in the bucket, by {@link fitName}. */
export function objectName(folder: string, documentName: string): string {
  return fitName(folder, documentName, OBJECT_NAME_RULES);
}
