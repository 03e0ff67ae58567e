import { ConnectorError } from './connector-error.ts';

/**
 * A value that goes out as a header, as it is. Line breaks would begin another header, and HTTP has no other
 * letters than those of Latin-1 (RFC 9110, section 5.5): both are refused without a word of the value.
 *
 * @param title of the option that it comes from.
 * @throws ConnectorError `option_invalid`.
 */
export function headerValue(value: string, title: string): string {
  if (value === '' || /[\u0100-\u{10ffff}\p{Cc}]|^\s|\s$/u.test(value)) {
    throw new ConnectorError('option_invalid', `What fills “${title}” cannot be sent as a header.`, {
      remedy: 'Replace the value with one that has no line break, no space at an end, and no letters beyond Latin-1.',
    });
  }
  return value;
}

/**
 * `Authorization` of HTTP Basic (RFC 7617), in UTF-8.
 *
 * @throws ConnectorError `option_invalid`: a colon in the name, or control characters.
 */
export function basicAuthorization(user: string, password: string): string {
  if (/[\p{Cc}]/u.test(user + password) || user.includes(':')) {
    throw new ConnectorError('option_invalid', 'The user name or password cannot be sent by HTTP Basic.', {
      remedy: 'Use a user name without a colon, and no line breaks in either.',
    });
  }
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
