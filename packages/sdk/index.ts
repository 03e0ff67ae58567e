/** A client of Holdfast's control API, for browsers and Node. */
export { type CallRequest, type Client, type ClientOptions, createClient } from './client.ts';
export { ProblemError } from './problem-error.ts';
