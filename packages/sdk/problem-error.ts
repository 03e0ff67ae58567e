import { ERROR_CODES, type ErrorCode, type Problem, problem as problemSchema } from '@holdfast/api';

/**
 * The server refused a call, or could not do it. `problem` holds its stable code, what to do next and the
 * request id; never a value.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get remedy(): string {
    return this.problem.remedy;
  }
}

export const ANSWERED_BY_ANOTHER =
  'Check the address: something other than Holdfast answers there, such as a proxy or the page of a website.';

/**
 * Makes the error of an answer that is not a success; also when something in between answered in its own
 * words.
 */
export async function problemErrorOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => undefined);
  const read = problemSchema.safeParse(body);
  if (read.success) return new ProblemError(read.data);
  const code: ErrorCode = response.status >= 500 ? 'unavailable' : response.status === 401 ? 'unauthenticated' : 'invalid_request';
  const detail = `The server answered with status ${response.status}.`;
  // No field is wrong: what answered has not read the call.
  const { title, remedy } =
    code === 'invalid_request' ? { title: 'Something other than Holdfast answered', remedy: ANSWERED_BY_ANOTHER } : ERROR_CODES[code];
  return new ProblemError({ type: 'about:blank', title, status: response.status, code, detail, remedy });
}
