/** The codes of `packages/api/error-codes.ts` that a connector may raise. */
export type ConnectorErrorCode =
  | 'option_invalid'
  | 'destination_refused'
  | 'address_refused'
  | 'upstream_unreachable'
  | 'upstream_refused'
  | 'upstream_credentials'
  | 'upstream_not_found'
  | 'document_holds_value'
  | 'document_unsupported'
  | 'answer_invalid';

interface More {
  /** What the reader can do next; without it the code's own remedy is shown. */
  remedy?: string;
  /** The same attempt may succeed later: the run repeats it with backoff. Default: false. */
  retryable?: boolean;
  /** The service asked to wait this long before the next attempt: as it said, however long that is. */
  retryAfterMilliseconds?: number;
  /** It concerns this document only; the others are worth trying. Default: false, which ends the run. */
  documentOnly?: boolean;
  /**
   * The service got all of it and did not say what became of it. Where a document that is sent again arrives
   * a second time, it is not. Default: false.
   */
  mayHaveArrived?: boolean;
  cause?: unknown;
}

/** As each was made with. */
const CODES = new WeakMap<ConnectorError, ConnectorErrorCode>();

/** A library may write a code of its own into an error that it is given by a socket. */
export function withOwnCode(error: ConnectorError): ConnectorError {
  const code = CODES.get(error);
  return code === undefined || error.code === code ? error : Object.assign(error, { code });
}

/** Why a service could not be used. The detail is shown to people and never holds a value. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ConnectorErrorCode;
  readonly remedy: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMilliseconds: number | undefined;
  readonly documentOnly: boolean;
  readonly mayHaveArrived: boolean;

  constructor(code: ConnectorErrorCode, detail: string, more: More = {}) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    CODES.set(this, code);
    this.remedy = more.remedy;
    this.retryable = more.retryable ?? false;
    this.retryAfterMilliseconds = more.retryAfterMilliseconds;
    this.documentOnly = more.documentOnly ?? false;
    this.mayHaveArrived = more.mayHaveArrived ?? false;
  }
}
