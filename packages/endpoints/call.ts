import type { Readable } from 'node:stream';
import type { Body, Endpoint, HeadersOf, PathParameters, Query, StreamedAnswer } from '@holdfast/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { RequestOrigin } from './request-origin.ts';

/**
 * One request, read: what was sent fits what the endpoint declares. A plane adds what its `authorize` found
 * out.
 */
export interface Call<E extends Endpoint> {
  readonly params: PathParameters<E>;
  readonly query: Query<E>;
  readonly body: Body<E>;
  readonly headers: HeadersOf<E>;
  readonly origin: RequestOrigin;
  /** For bodies that are streams and for cookies; everything else stands above. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type AnswerOf<Status, Response> = Response extends z.ZodType
  ? { readonly status: Status; readonly body: z.input<Response> }
  : Response extends StreamedAnswer
    ? { readonly status: Status; readonly body: Readable }
    : { readonly status: Status; readonly body?: undefined };

/** A status that the endpoint declares, with the body that it declares for it. */
export type Answered<E extends Endpoint> = {
  [Status in keyof E['responses']]: AnswerOf<Status, E['responses'][Status]>;
}[keyof E['responses']];

/** What a handler gave back, before the endpoint's schema is put over it. */
export interface AnyAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/**
 * An endpoint of packages/api with what it does.
 *
 * @typeParam Access what the plane's `authorize` finds out of a caller.
 * @typeParam Context what every endpoint of the plane works with.
 */
export interface Implementation<Access, Context> {
  readonly endpoint: Endpoint;
  readonly handle: (call: Call<Endpoint> & Access, context: Context) => Promise<AnyAnswer>;
}
