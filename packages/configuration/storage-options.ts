/**
 * Options that component types of a storage share: the folder below a container or bucket, and what a
 * publisher does where another document has the name. As properties of their JSON Schema.
 */

/** Without a / at either end. Its type describes it. */
export const storageFolder = {
  type: 'string',
  title: 'Folder',
  'x-section': 'Documents',
  maxLength: 400,
  'x-pattern-words': 'Write names with / between them, for example invoices/2026, and none of \\ or control characters.',
  pattern: '^(?:[^/\\\\\\u0000-\\u001f\\u007f]+(?:/[^/\\\\\\u0000-\\u001f\\u007f]+)*)?$',
  default: '',
} as const;

export const existingDocument = {
  type: 'string',
  title: 'When a different document has the same name',
  'x-section': 'Documents',
  enum: ['replace', 'keep', 'fail'],
  default: 'replace',
  'x-enum-words': { replace: 'Put the new one in its place', keep: 'Keep the one that is there', fail: 'Fail this document' },
  description: 'A document that fails says so in the run, and can be tried again alone.',
} as const;

export type ExistingDocument = (typeof existingDocument.enum)[number];

/** Whether a configuration's value is one of the choices of `existingDocument`. */
export function isExistingDocument(value: unknown): value is ExistingDocument {
  return existingDocument.enum.some((choice) => choice === value);
}
