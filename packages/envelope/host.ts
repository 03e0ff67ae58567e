/**
 * A host as a URL, a Host header and `host:port` have it: an IPv6 address in brackets, anything else as it is
 * (RFC 3986, section 3.2.2).
 *
 * @param host a name or an address, without brackets.
 * @example
 * withBrackets('::1'); // '[::1]'
 */
export function withBrackets(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * A host as it is looked up, dialled and compared: an address of IPv6 without the brackets that it has in a
 * URL.
 *
 * @example
 * withoutBrackets(new URL('https://[::1]:8443').hostname); // '::1'
 */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/**
 * `host:port`, with brackets around IPv6.
 *
 * @param place its host is without brackets.
 * @example
 * hostAndPort({ host: '2001:db8::1', port: 443 }); // '[2001:db8::1]:443'
 */
export function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${withBrackets(host)}:${port}`;
}

/**
 * The host of a destination, without brackets.
 *
 * @param destination `scheme://host:port`, as `destinationOf` gives it.
 * @example
 * hostOfDestination('postgres://[::1]:5432'); // '::1'
 */
export function hostOfDestination(destination: string): string {
  return withoutBrackets(destination.slice(destination.indexOf('://') + '://'.length, destination.lastIndexOf(':')));
}
