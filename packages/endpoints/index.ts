/** What serves an endpoint, in both planes: the server, reading by schema, answering by schema, problems, pages, limits. */

export { type Admission, type Bounds, createAdmission, type Occupant } from './admission.ts';
export { type AllowedHost, type HostRules, parseAllowedHosts } from './allowed-hosts.ts';
export { clientAddress, networkOf, parseTrustedProxies, type TrustedProxies } from './client-address.ts';
export { compressAnswers } from './compress-answers.ts';
export { cutPage, readCursor } from './cursor.ts';
export { openApiDocument } from './openapi.ts';
export { type ProblemAnswer, statusOf, toProblem } from './problem.ts';
export { createRateLimit, type Rate, type RateLimit } from './rate-limit.ts';
export { requestHash } from './request-hash.ts';
export { invalid, readPart } from './request-shape.ts';
export { requireSameOrigin } from './same-origin.ts';
export { createServer, type ReadyCheck, type Server } from './server.ts';
