import type { ConnectorError } from '@holdfast/connector';

/** Of an answer that is held in memory as a whole. */
const ANSWER_MAXIMUM_BYTES = 16 * 1024 * 1024;

/**
 * The same answer for somebody who reads it as a whole: what is behind 16 MiB of its body is not read.
 *
 * @param tooLarge what reading fails with above 16 MiB.
 * @throws nothing by itself: reading the body rejects with what `tooLarge` makes.
 */
export function limitedAnswer(response: Response, tooLarge: () => ConnectorError): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  let length = 0;
  const limit = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, controller) {
      length += piece.length;
      if (length > ANSWER_MAXIMUM_BYTES) throw tooLarge();
      controller.enqueue(piece);
    },
  });
  return new Response(body.pipeThrough(limit), { status, statusText, headers });
}
