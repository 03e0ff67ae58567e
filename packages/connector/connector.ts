import type { ComponentType } from '@holdfast/configuration';
import type { ConnectorContext } from './context.ts';
import type { DocumentBody, InputDocument, ResultDocument, SourceDocument } from './documents.ts';

/**
 * The options of a component with its secrets filled in. They live as long as the use does, are kept nowhere
 * and never logged.
 */
export type Options = Readonly<Record<string, unknown>>;

/** What every role has. */
interface Base<R extends ComponentType['role']> {
  readonly role: R;
  /** What can be configured, as pure data. */
  readonly type: ComponentType & { readonly role: R };
  /**
   * `scheme://host:port` of everything the options make it talk to, as `destinationOf` of @holdfast/envelope
   * writes it. HTTP is `http` or `https`, and goes through `context.fetch`. Any other scheme names the
   * protocol that is spoken on a socket of `context.connect`: `postgres`, `sftp`, `smtp` (587, STARTTLS),
   * `smtps` (465, TLS at once), … No I/O.
   *
   * @throws ConnectorError `option_invalid`, naming the option by its title.
   */
  destinations(options: Options): string[];
  /**
   * Tries the configuration with no more rights than its work takes, and changes nothing that matters. At
   * most 25 seconds.
   *
   * @returns one sentence on what was found.
   * @throws ConnectorError with a remedy that is true.
   */
  check(options: Options, context: ConnectorContext): Promise<string>;
}

/** Reads documents in. Both functions may be called again after a crash, and then give the same. */
export interface SourceConnector extends Base<'connector'> {
  /**
   * The documents that are there now, in any order, without their bytes. Ask the service for the next page
   * only when the caller asks for the next document: a source may have millions.
   *
   * @throws ConnectorError
   */
  list(options: Options, context: ConnectorContext): AsyncIterable<SourceDocument>;
  /**
   * The bytes of one document.
   *
   * @param reference of a document that `list` gave, maybe a while ago.
   * @throws ConnectorError; `upstream_not_found` with `documentOnly` when it is not there any more.
   */
  read(reference: string, options: Options, context: ConnectorContext): Promise<DocumentBody>;
}

/** Makes something of a document. */
export interface ModelConnector extends Base<'model'> {
  /**
   * Zero or more documents made of one. May be called again for the same document after a crash: what was
   * given before is then thrown away.
   *
   * @throws ConnectorError; `documentOnly` when other documents are worth trying.
   */
  transform(
    document: InputDocument,
    options: Options,
    context: ConnectorContext,
  ): AsyncIterable<ResultDocument> | Promise<readonly ResultDocument[]>;
}

/** Where a document is now. */
export interface Publication {
  /** `unchanged`: the very same document was there already and nothing was sent. */
  readonly outcome: 'published' | 'unchanged';
  /** In the service's words and without credentials. */
  readonly publishedAs: string;
  /**
   * What people should know of how it went, the same for every document: it is written into the run's log
   * once.
   */
  readonly note?: string;
}

/** Puts documents somewhere. */
export interface PublisherConnector extends Base<'publisher'> {
  /**
   * Whether a document that is sent again arrives a second time: a mail, a message. Before each such document
   * the run notes that it begins, and never repeats by itself what may have been sent by a process that was
   * killed, or failed with `mayHaveArrived`. Without it what stands under a name or key is recognized. No
   * I/O.
   */
  arrivesTwice?(options: Options): boolean;
  /**
   * Publishes one document. The same document again, after a crash or in a second run, gets the same name and
   * is not duplicated. For a service that knows no names, `document.idempotencyKey` is what tells a
   * repetition.
   *
   * @throws ConnectorError; `documentOnly` when other documents are worth trying.
   */
  publish(document: InputDocument, options: Options, context: ConnectorContext): Promise<Publication>;
}

/** One type of component as code; `role` says which functions it has. */
export type Connector = SourceConnector | ModelConnector | PublisherConnector;
