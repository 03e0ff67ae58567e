/** Kinds of documents that text is taken from. */
export type TextKind = 'pdf' | 'word' | 'html' | 'plain';

const BY_CONTENT_TYPE: Readonly<Record<string, TextKind>> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'word',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/json': 'plain',
  'application/xml': 'plain',
  'application/yaml': 'plain',
  'application/x-yaml': 'plain',
  'application/rtf': 'plain',
};
const BY_EXTENSION: Readonly<Record<string, TextKind>> = {
  pdf: 'pdf',
  docx: 'word',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  txt: 'plain',
  md: 'plain',
  csv: 'plain',
  tsv: 'plain',
  json: 'plain',
  jsonl: 'plain',
  xml: 'plain',
  yaml: 'plain',
  yml: 'plain',
  log: 'plain',
  eml: 'plain',
};

/**
 * How text is taken from a document: by its content type, or by the end of its name when the content type
 * says nothing (`application/octet-stream`).
 *
 * @returns `undefined` for a kind that has no text here, such as an image.
 */
export function textKindOf({ name, contentType }: { readonly name: string; readonly contentType: string }): TextKind | undefined {
  const essence = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const known = BY_CONTENT_TYPE[essence];
  if (known !== undefined) return known;
  if (essence.startsWith('text/') || essence.endsWith('+json') || essence.endsWith('+xml')) return 'plain';
  if (essence !== '' && essence !== 'application/octet-stream') return undefined;
  return BY_EXTENSION[/\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''];
}
