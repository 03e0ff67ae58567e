/**
 * The code of a service's error, when it is one that the service documents. Whatever else a server sends in
 * its place could be part of what it was sent: of that, the status alone is shown.
 *
 * @param documented of this service.
 * @param status of HTTP.
 */
export function shownCode(code: string, status: number, documented: ReadonlySet<string>): string {
  return documented.has(code) ? code : `status ${Number.isInteger(status) ? status : 'unknown'}`;
}
