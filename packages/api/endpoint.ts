import type { z } from 'zod';
import type { Requirement } from './permissions.ts';

/**
 * `search` reads many rows to answer; `shared-change` goes into the
 * database together with others; `upload` takes a long body; `wait` waits for the data plane; `export`
 * answers a whole collection; `download` answers a file; `watch` answers for as
 * long as somebody listens.
 */
export type Load = 'read' | 'search' | 'change' | 'shared-change' | 'upload' | 'wait' | 'export' | 'download' | 'watch';

/** An answer that is sent as it comes, without a schema. */
export type StreamedAnswer = 'stream' | 'events' | 'bytes';

/**
 * One endpoint of the control API as data. The server registers it, the OpenAPI document is made from it, and
 * the SDK and the console call it with the types that it infers, so that it is written down once.
 */
export interface Endpoint {
  /** Unique, in the imperative: `listSecrets`. */
  readonly id: string;
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify's spelling: `/api/organizations/:organization/secrets/:name`. */
  readonly path: `/${string}`;
  readonly requires: Requirement;
  /**
   * Of the callers who may, only members: it is about the caller's own membership, or makes and unmakes
   * members.
   */
  readonly membersOnly?: true;
  readonly query?: z.ZodObject;
  /** A JSON body. An endpoint whose `body` is the string `stream` takes raw bytes. */
  readonly body?: z.ZodType | 'stream';
  /** Headers the endpoint understands beyond the usual ones, in lower case. */
  readonly headers?: z.ZodObject;
  /**
   * What it costs, which says how many are served at once. By default a GET is a `read` and everything else a
   * `change`.
   */
  readonly load?: Load;
  /** Its answers carry an `ETag`, which `If-Match` of a change takes. */
  readonly tagged?: true;
  /** Any member may call it, and each call leaves an event on the record: few of them are served. */
  readonly leavesEventOfAnyMember?: true;
  /**
   * By status. `null` is an empty body. Only declared fields leave the server. A `stream` is NDJSON, `events`
   * are server-sent events, `bytes` a file.
   */
  readonly responses: { readonly [status: number]: z.ZodType | null | StreamedAnswer };
}

/** Types an endpoint by what it says: its parameters, body and answers are inferred. */
export function defineEndpoint<const E extends Endpoint>(endpoint: E): E {
  return endpoint;
}

type ParameterNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

export type PathParameters<E extends Endpoint> = { [Name in ParameterNames<E['path']>]: string };
export type Query<E extends Endpoint> = E['query'] extends z.ZodType ? z.output<E['query']> : Record<string, never>;
export type QueryInput<E extends Endpoint> = E['query'] extends z.ZodType ? z.input<E['query']> : undefined;
export type Body<E extends Endpoint> = E['body'] extends z.ZodType ? z.output<E['body']> : undefined;
export type BodyInput<E extends Endpoint> = E['body'] extends z.ZodType ? z.input<E['body']> : undefined;
export type HeadersOf<E extends Endpoint> = E['headers'] extends z.ZodType ? z.output<E['headers']> : Record<string, never>;
type ResponseBody<R> = R extends z.ZodType ? z.output<R> : undefined;
/** What a successful call answers. */
export type Answer<E extends Endpoint> = { [S in keyof E['responses']]: ResponseBody<E['responses'][S]> }[keyof E['responses']];
