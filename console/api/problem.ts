import { ERROR_CODES, isErrorCode } from '@holdfast/api';
import { ProblemError } from '@holdfast/sdk';

/** An error as the console shows it: what happened, what to do next, where. */
export interface ShownProblem {
  code: string;
  title: string;
  detail: string;
  remedy: string;
  requestId: string | undefined;
  /** By dotted name of the field. */
  fields: ReadonlyMap<string, string>;
  /** Places that use a secret, when they keep it from being deleted. */
  bindings: readonly unknown[];
}

/** In a browser nobody sends a token; and what the page holds stays while its reader signs in. */
const SIGN_IN = 'Sign in in another tab, then try again here.';

export function problemOf(error: unknown): ShownProblem {
  if (error instanceof ProblemError) {
    const { problem } = error;
    const fields = new Map((problem.errors ?? []).map((entry) => [entry.field, entry.detail] as const));
    if (problem.field !== undefined && !fields.has(problem.field)) fields.set(problem.field, problem.detail);
    return {
      code: problem.code,
      title: problem.title,
      detail: problem.detail,
      remedy: problem.remedy === ERROR_CODES.unauthenticated.remedy ? SIGN_IN : problem.remedy,
      requestId: problem.requestId,
      fields,
      bindings: problem.bindings ?? [],
    };
  }
  if (isNetworkFailure(error)) {
    return shown(
      'unreachable',
      'Holdfast does not answer',
      'The browser could not reach the server.',
      'Check the network and that Holdfast runs, then try again.',
    );
  }
  // Only errors that were written for people carry a code; the message of any other stays in the browser's
  // console.
  // A DOMException has a number.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
  if (error instanceof Error && code !== 'internal') return shown(code, titleOf(code), error.message, remedyOf(error, code));
  return shown(
    'internal',
    ERROR_CODES.internal.title,
    'This part of the console has failed. Nothing was changed by that.',
    'Reload the page. If it happens again, tell the operator what you did.',
  );
}

/**
 * What browsers throw when a request or a part of the page did not arrive; a TypeError of our own code reads
 * otherwise.
 */
const NETWORK_WORDS =
  /failed to fetch|networkerror|load failed|network error|network connection was lost|importing a module script failed|error loading dynamically imported module|unable to preload css/i;

function isNetworkFailure(error: unknown): boolean {
  return error instanceof Error && NETWORK_WORDS.test(error.message);
}

/**
 * Whether a call failed because the server, or its database, did not answer: it may be made again as it is.
 */
export function isConnectionProblem(error: unknown): boolean {
  const { code } = problemOf(error);
  return code === 'unreachable' || code === 'unavailable';
}

/** These say nothing about what was asked for: what was read before may be as it was. */
const ABOUT_SOMETHING_ELSE = new Set(['internal', 'unavailable', 'unreachable', 'rate_limited', 'query_timeout']);

/** Whether a read did not come through, so that nothing is known of what was asked for. */
export function isFailedRead(error: unknown): boolean {
  return ABOUT_SOMETHING_ELSE.has(problemOf(error).code);
}

/**
 * An answer to these says that what was read before is not there for the reader any more. That nobody is
 * signed in says nothing of it: who signs in again goes on where they were.
 */
const NO_LONGER_THERE = new Set(['not_found', 'forbidden']);

/** Whether it is not there for this reader, so that asking again would say the same. */
export function isNotThere(error: unknown): boolean {
  return NO_LONGER_THERE.has(problemOf(error).code);
}

/** Whether nobody is signed in, or not any more. */
export function isSignedOut(error: unknown): boolean {
  return problemOf(error).code === 'unauthenticated';
}

/**
 * Whether nothing can be shown of what was asked for. What was read before is shown on when reading it again
 * fails, and with it the form that somebody fills.
 */
export function isUnreadable({ isError, error, data }: { isError: boolean; error: unknown; data: unknown }): boolean {
  return isError && (data === undefined || isNotThere(error));
}

function shown(code: string, title: string, detail: string, remedy: string): ShownProblem {
  return { code, title, detail, remedy, requestId: undefined, fields: new Map(), bindings: [] };
}

/** Of errors that arise in the browser, and so are not in the server's table. */
const BROWSER_TITLES: ReadonlyMap<string, string> = new Map([
  ['signing_key_changed', 'The signing key has changed'],
  ['sealing_key_invalid', 'The sealing key is not what it claims to be'],
  ['sealing_key_older', 'The sealing key is older than one that was used before'],
  ['sealing_key_of_another_organization', 'The sealing key belongs to another organization'],
  ['value_invalid', 'The value cannot be sealed'],
  ['console_incomplete', 'A part of the console is missing'],
]);

function titleOf(code: string): string {
  return isErrorCode(code) ? ERROR_CODES[code].title : (BROWSER_TITLES.get(code) ?? 'It did not work');
}

function remedyOf(error: Error, code: string): string {
  if ('remedy' in error && typeof error.remedy === 'string') return error.remedy;
  return isErrorCode(code) ? ERROR_CODES[code].remedy : 'Try again.';
}

/**
 * Puts the server's words beside the fields of a form. Answers what belongs to no field of the form, to be
 * shown above its buttons; `undefined` when every message found its field.
 */
export function spreadProblem(
  error: unknown,
  names: readonly string[],
  setFieldError: (name: string, message: string) => void,
): ShownProblem | undefined {
  const problem = problemOf(error);
  let placed = 0;
  for (const [field, message] of problem.fields) {
    const name = names.find((candidate) => candidate === field || field.endsWith(`.${candidate}`));
    if (name === undefined) continue;
    setFieldError(name, message);
    placed += 1;
  }
  return placed > 0 && placed === problem.fields.size ? undefined : problem;
}
