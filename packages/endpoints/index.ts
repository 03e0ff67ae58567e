/**
 * What serves an endpoint, in both planes: the server, reading by schema, answering by schema, problems,
 * pages, limits.
 */

export { invalid } from '@holdfast/api';
export { type Admission, type Bounds, createAdmission, type Occupant } from './admission.ts';
export type { HostRules } from './allowed-hosts.ts';
export { attachmentHeaders } from './attachment.ts';
export type { Answered, AnyAnswer, Call, Implementation } from './call.ts';
export { type Address, clientAddress, networkOf, parseAddress, type TrustedProxies, trustedProxies } from './client-address.ts';
export { compressAnswers } from './compress-answers.ts';
export { type ConcurrencyLimit, createConcurrencyLimit } from './concurrency-limit.ts';
export { contentTypeOf, extensionOf } from './content-type.ts';
export { cursorTime, cutPage, readCursor } from './cursor.ts';
export { implementation } from './implementation.ts';
export { openApiDocument } from './openapi.ts';
export {
  actorOf,
  credentialKey,
  memberActor,
  type Principal,
  personOf,
  principalKey,
  requireSession,
  requireUser,
  type SessionPrincipal,
  type TokenPrincipal,
  type User,
  type UserPrincipal,
} from './principal.ts';
export { type ProblemAnswer, statusOf, toProblem } from './problem.ts';
export { createRateLimit, type Rate, type RateLimit } from './rate-limit.ts';
export { requestHash } from './request-hash.ts';
export { originOf, type RequestOrigin } from './request-origin.ts';
export { readPart } from './request-shape.ts';
export { requireSameOrigin } from './same-origin.ts';
export { sentToken } from './sent-token.ts';
export { type ServedEndpoints, serveEndpoints } from './serve-endpoints.ts';
export { serveMetrics } from './serve-metrics.ts';
export { createServer, type ReadyCheck, type Server } from './server.ts';
export { TIME_LIMITS, timeAnswer } from './time-limits.ts';
