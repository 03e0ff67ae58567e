import { answerWithoutNames } from '@holdfast/api';

/**
 * One event of a stream as its bytes on the wire.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventText(name: string, data: unknown, id?: number): string {
  const line = id === undefined ? '' : `id: ${id}\n`;
  return `${line}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** An event in both forms: as it is, and for readers who may not read names of secrets. */
export interface EventTexts {
  readonly full: string;
  readonly withoutNames: string;
}

/** An event whose data is an answer of the API. */
export function eventTexts(name: string, data: unknown): EventTexts {
  return { full: eventText(name, data), withoutNames: eventText(name, answerWithoutNames(data)) };
}

/** A line that nobody reads: it keeps the connection, and proxies on the way, from closing it as idle. */
export const HEARTBEAT = ': still here\n\n';
