import type { ComponentType } from '@holdfast/configuration';
import type { HttpClient } from './http-client.ts';

/**
 * The options of a component with its secrets filled in. They live as long as the use does and are never
 * logged.
 */
export type Options = Readonly<Record<string, unknown>>;

export interface ConnectorContext {
  readonly http: HttpClient;
  /** Aborted when the work is to stop. */
  readonly signal: AbortSignal;
  /**
   * A part of a value that is secret by itself, such as the key in a connection string: removed from all that
   * is shown.
   */
  protect(part: string): void;
}

/** One document on its way out. */
export interface PublishableItem {
  /**
   * Relative path with `/`, unique in the run, as people named it. Not yet fit for any particular service.
   */
  readonly name: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the bytes, in lower-case hex. */
  readonly sha256: string;
  /** The bytes from the beginning, in pieces of any size. May be called again for another attempt. */
  read(): AsyncIterable<Uint8Array>;
  /** Says how many of the bytes have been accepted so far. */
  progress(sent: number): void;
}

export interface Publication {
  /** `unchanged`: the very same document was there already and nothing was sent. */
  readonly outcome: 'published' | 'unchanged';
  /** Where it is now, in the service's words and without credentials. */
  readonly publishedAs: string;
  /**
   * What people should know of how it went, the same for every document: it is written into the run's log
   * once.
   */
  readonly note?: string;
}

/**
 * What can publish documents. Publishing the same document again, after a crash or in a second run, gives the
 * same name and does not duplicate it.
 */
export interface Publisher {
  /**
   * `scheme://host:port` of everything the options make it talk to. Throws ConnectorError `option_invalid`.
   */
  destinations(options: Options): string[];
  /**
   * Tries the configuration without changing anything that matters. Answers one sentence on what was found.
   */
  check(options: Options, context: ConnectorContext): Promise<string>;
  publish(item: PublishableItem, options: Options, context: ConnectorContext): Promise<Publication>;
}

export interface Connector {
  readonly type: ComponentType;
  readonly publisher: Publisher;
}
