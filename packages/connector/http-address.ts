import { destinationOfAddress } from './destination-of-address.ts';
import { invalidOption } from './invalid-option.ts';

/** Where requests go, and what the address itself holds to get in. */
export interface HttpAddress {
  /** Without user, password and fragment. May hold a credential in its path or query. */
  readonly url: URL;
  /** `scheme://host:port`. */
  readonly destination: string;
  /** Of `https://user:password@…`, decoded. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

/**
 * Reads an option that is the address of an HTTP service. What it says never repeats the address, which may
 * hold a credential.
 *
 * @param title of the option, for messages.
 * @throws ConnectorError `option_invalid`.
 */
export function readHttpAddress(value: unknown, title: string): HttpAddress {
  if (typeof value !== 'string' || value.trim() === '') throw invalidOption(title, 'is not filled in', 'Fill it in.');
  const text = value.trim();
  // The parser drops line breaks and tabs without a word, and would give another address.
  if (/[\p{Cc}\s]/u.test(text)) {
    throw invalidOption(title, 'has a space, a line break or another control character in it', 'Copy the address again, as one line.');
  }
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalidOption(title, 'is no address that begins with https:// or http://', 'Write the whole address, beginning with https://.');
  }
  const login = url.username === '' && url.password === '' ? undefined : loginOf(url, title);
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, destination: destinationOfAddress(url, `The option “${title}”`), login };
}

function loginOf(url: URL, title: string): { user: string; password: string } {
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    throw invalidOption(title, 'has a user or password that is not percent-encoded', 'Write %25 for each % in them.');
  }
}
