import { ERROR_CODES, isErrorCode } from './error-codes.ts';
import { may, type Rights } from './permissions.ts';
import type { Failure } from './schemas.ts';

const ASK = 'Ask an editor, admin or owner of the organization: they see what it is about.';

/** Whether the words of a failure may name a secret; those of a code that is not known may. */
export function mayNameSecrets(code: string): boolean {
  return !isErrorCode(code) || 'namesSecrets' in ERROR_CODES[code];
}

/** What of a failure is shown to somebody who may not read names of secrets: what failed, and whom to ask. */
export function withoutNames(failure: Failure): Failure {
  const { code } = failure;
  if (!mayNameSecrets(code)) return failure;
  const { title } = ERROR_CODES[isErrorCode(code) ? code : 'internal'];
  return { code, detail: `${title}.`, remedy: ASK };
}

/** Whether somebody with these rights may read names of secrets. */
export function seesNames(rights: Rights | undefined): boolean {
  return rights !== undefined && may(rights, 'secret-names:read');
}

/**
 * An answer of the API, or data of an event, as it is shown to somebody who may not read names of secrets:
 * every failure in it is one {@link withoutNames}, and no field called `secretName` has a name.
 */
export function answerWithoutNames(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(answerWithoutNames);
  if (typeof answer !== 'object' || answer === null) return answer;
  const shown = Object.fromEntries(
    Object.entries(answer).map(([field, value]) => [field, field === 'secretName' ? null : answerWithoutNames(value)]),
  );
  const { code, detail, remedy } = shown;
  if (typeof code !== 'string' || typeof detail !== 'string' || typeof remedy !== 'string') return shown;
  return { ...shown, ...withoutNames({ code, detail, remedy }) };
}
