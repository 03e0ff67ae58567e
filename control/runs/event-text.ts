/**
 * One event of a stream as its bytes on the wire.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventText(name: string, data: unknown, id?: number): string {
  const line = id === undefined ? '' : `id: ${id}\n`;
  return `${line}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A line that nobody reads: it keeps the connection, and proxies on the way, from closing it as idle. */
export const HEARTBEAT = ': still here\n\n';
