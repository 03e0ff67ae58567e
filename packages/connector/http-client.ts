/**
 * The only way out for a connector. The data plane hands it over bound to the destinations that the values in
 * use allow; it refuses every other scheme, host or port, dials only addresses that it has vetted, follows no
 * redirect and removes reflections of the values from what comes back.
 */
export interface HttpClient {
  /**
   * Throws ConnectorError: `destination_refused`, `address_refused`, or `upstream_unreachable` (retryable).
   */
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | StreamedBody;
  readonly signal?: AbortSignal;
}

/** A body that is not held in memory. */
export interface StreamedBody {
  /** Bytes: exactly as many as are read. */
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; repeated headers are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 4 MiB; a longer answer is an error. */
  readonly body: Uint8Array;
}
