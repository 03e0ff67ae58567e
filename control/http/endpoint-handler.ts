import type { Readable } from 'node:stream';
import type { Body, Endpoint, HeadersOf, PathParameters, Permission, Query } from '@holdfast/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Caller, Membership } from '../accounts/caller.ts';
import type { RequestOrigin } from '../audit/record.ts';
import type { Control } from '../control.ts';

/** One request, checked: who calls is known, may do this, and what was sent fits what the endpoint declares. */
export interface Call<E extends Endpoint> {
  readonly params: PathParameters<E>;
  readonly query: Query<E>;
  readonly body: Body<E>;
  readonly headers: HeadersOf<E>;
  readonly caller: E['requires'] extends 'public' ? undefined : Caller;
  /** The organization of the path, with the caller's role in it as it is now. */
  readonly organization: E['requires'] extends Permission ? Membership : undefined;
  readonly origin: RequestOrigin;
  /** For bodies that are streams and for cookies; everything else stands above. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type AnswerOf<Status, Response> = Response extends z.ZodType
  ? { readonly status: Status; readonly body: z.input<Response> }
  : Response extends 'stream'
    ? { readonly status: Status; readonly body: Readable }
    : { readonly status: Status; readonly body?: undefined };

/** A status that the endpoint declares, with the body that it declares for it. */
export type Answered<E extends Endpoint> = {
  [Status in keyof E['responses']]: AnswerOf<Status, E['responses'][Status]>;
}[keyof E['responses']];

export interface Implementation {
  readonly endpoint: Endpoint;
  readonly handle: (call: Call<Endpoint>, control: Control) => Promise<{ readonly status: number; readonly body?: unknown }>;
}

/** Ties an endpoint of packages/api to what it does. The answer's own type parameter keeps its status a literal. */
export function implement<const E extends Endpoint, const A extends Answered<E>>(
  endpoint: E,
  handle: (call: Call<E>, control: Control) => Promise<A>,
): Implementation {
  return { endpoint, handle: handle as unknown as Implementation['handle'] };
}
