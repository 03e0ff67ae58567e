/**
 * Bytes are not what the format says. There is one message for all of them, so that an answer to a malformed
 * envelope tells nothing about how far it was read.
 */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code = 'envelope_invalid';

  constructor(cause?: unknown) {
    super('This is not a sealed value that Holdfast understands.', cause === undefined ? undefined : { cause });
  }
}
