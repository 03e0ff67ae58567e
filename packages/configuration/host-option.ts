import { withBrackets } from '@holdfast/envelope';

/**
 * The option of a component type that is the host of a server. Its type describes it and says its
 * destination.
 */
export const hostOption = {
  type: 'string',
  title: 'Host',
  'x-section': 'Server',
  minLength: 1,
  maxLength: 253,
  'x-pattern-words':
    'Write a host name of letters, digits, hyphens and dots, or an IP address, alone: without a scheme and without a port.',
  pattern: '^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*|\\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\\])$',
} as const;

/** What a destination can be made of, for who corrects an option. */
export const DESTINATION_RULE =
  'Write a host of letters, digits, hyphens and dots, of at most 63 characters between dots and 253 in all, or an IP address, and a port from 1 to 65535.';

/** As it stands in a URL: an IPv6 address in brackets. What has them, or is none, stays as it is. */
export function hostInUrl(host: string): string {
  return /^[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(host) ? withBrackets(host) : host;
}
