import { ConnectorError, type InputDocument } from '@holdfast/connector';

/**
 * Where a document goes: the base, then the path with the document filled in. Everything of a name is
 * percent-encoded in UTF-8 (NFC), so that no name leaves its place: in the path `/` divides it into parts, in
 * the query nothing does.
 *
 * @throws ConnectorError `document_unsupported`: a part of the name would climb or vanish in an address.
 */
export function addressOf(
  document: Pick<InputDocument, 'name' | 'sha256'>,
  { url, path }: { readonly url: URL; readonly path: string },
): URL {
  const name = document.name.normalize('NFC');
  if (!name.isWellFormed() || name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new ConnectorError('document_unsupported', `The name of “${document.name}” cannot be a part of an address.`, {
      remedy: 'Give the document a name without empty parts, “.” and “..”.',
      documentOnly: true,
    });
  }
  const [inPath = '', ...inQuery] = path.split('?');
  const base = url.pathname.replace(/(?<!\/)\/+$/, '');
  const filledPath = filled(inPath.replace(/^\/+/, ''), { name: name.split('/').map(encoded).join('/'), sha256: document.sha256 });
  const address = new URL(url);
  address.pathname = `${base}/${filledPath}`;
  address.search = inQuery.length === 0 ? '' : `?${filled(inQuery.join('?'), { name: encoded(name), sha256: document.sha256 })}`;
  return address;
}

/** The path of an address as people read it: what they could not see in it stays encoded. */
export function decodedPath({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname).replace(/\p{Cc}/gu, encodeURIComponent);
  } catch {
    return pathname;
  }
}

function filled(template: string, values: { readonly name: string; readonly sha256: string }): string {
  return template.replaceAll('{sha256}', values.sha256).replaceAll('{name}', () => values.name);
}

/** Also what `encodeURIComponent` leaves and some services read otherwise. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
