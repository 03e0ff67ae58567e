import { ConnectorError } from '@holdfast/connector';

/**
 * The base URL of a service: `https`, or `http` within a network of one's own, without user, query or
 * fragment.
 *
 * @throws ConnectorError `option_invalid`
 */
export function readBaseUrl(value: string): URL {
  const url = URL.parse(value.trim());
  const works =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '';
  if (works) return url;
  throw new ConnectorError('option_invalid', 'The option “Base URL” is not the address of a service.', {
    remedy: 'Write an address such as https://api.openai.com/v1, without a user, ? or #.',
  });
}

/**
 * The API key without white space around it. What HTTP would refuse in a header is refused here, in words
 * that do not repeat it.
 *
 * @throws ConnectorError `option_invalid`
 */
export function readApiKey(value: unknown): string {
  const key = typeof value === 'string' ? value.trim() : '';
  if (/^[\x21-\x7e]{1,4096}$/.test(key)) return key;
  throw new ConnectorError('option_invalid', 'The option “API key” is empty, or has spaces, line breaks or letters that no API key has.', {
    remedy: 'Replace the secret with the key alone, as the service shows it.',
  });
}
