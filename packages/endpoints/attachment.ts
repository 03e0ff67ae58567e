/**
 * Headers of an answer that is a document: whatever is in it, no browser shows it as a page of ours.
 *
 * @param document `size` in bytes.
 */
export function attachmentHeaders({ name, size }: { readonly name: string; readonly size: number }): Record<string, string> {
  return {
    'content-disposition': attachmentNamed(name),
    'content-length': String(size),
    'content-security-policy': "sandbox; default-src 'none'",
  };
}

/**
 * The last part of a name, for those who read it in full and those who read ASCII alone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4.3
 */
function attachmentNamed(name: string): string {
  const last = name.split('/').at(-1) || 'document';
  const plain = last.normalize('NFKD').replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(last).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
