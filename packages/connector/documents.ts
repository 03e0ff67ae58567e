/** Of the reference and the version of a {@link SourceDocument}: longer ones are not taken. */
export const REFERENCE_MAXIMUM_CHARACTERS = 1_024;
export const VERSION_MAXIMUM_CHARACTERS = 256;

/** A document of a source, before its bytes are read. */
export interface SourceDocument {
  /**
   * Finds the document in the source again: a key, a path, a primary key. Stable, unique in the source, and
   * stored with the item: 1 to 1,024 characters, and no credential in it.
   */
  readonly reference: string;
  /** Relative path with `/`, as people name it; no part is empty, `.` or `..`. */
  readonly name: string;
  /** `application/octet-stream` when the source does not say. */
  readonly contentType: string;
  /** Bytes, where the source says it. */
  readonly size?: number;
  /**
   * An ETag, a time of change or the like, at most 256 characters: a document whose reference and version
   * were processed already is not new.
   */
  readonly version?: string;
}

/** The bytes of a document of a source. */
export interface DocumentBody {
  /** When the source says it better than the list did. */
  readonly contentType?: string;
  /** Bytes, where known; a body of another length fails the item. */
  readonly size?: number;
  /**
   * Exactly as the source has them: of `context.fetchDocument`, or of a socket through `context.checked`. In
   * pieces of any size, best 64 KiB and more.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The document that a model or publisher gets. */
export interface InputDocument {
  /**
   * Relative path with `/`, unique in the run, as people named it. Not yet fit for any particular service.
   */
  readonly name: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the bytes, in lower-case hex. */
  readonly sha256: string;
  /**
   * The same for every attempt to take this item through this step, also after a crash, and for no other: for
   * services that take such a key. At most 64 characters of `A-Z a-z 0-9 -`.
   */
  readonly idempotencyKey: string;
  /** The bytes from the beginning, in pieces of any size. May be called again for another attempt. */
  read(): AsyncIterable<Uint8Array>;
  /** Says how many of the bytes have been accepted so far. */
  progress(sent: number): void;
}

/** A document that a model made. */
export interface ResultDocument {
  /** Relative path with `/`, unique among the results of one document: `invoice.json` of `invoice.pdf`. */
  readonly name: string;
  readonly contentType: string;
  /** A stream is read to its end before the next document is asked for. A text is stored as UTF-8. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}
