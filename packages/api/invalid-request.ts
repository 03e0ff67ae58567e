import { HoldfastError } from './error-codes.ts';

/** An `invalid_request` that names every field that is wrong. */
export function invalid(errors: readonly { field: string; detail: string }[], remedy?: string): HoldfastError {
  const first = errors[0] ?? { field: '', detail: 'The request is not valid.' };
  return new HoldfastError('invalid_request', first.field === '' ? first.detail : `${first.field}: ${first.detail}`, {
    ...(first.field === '' ? {} : { field: first.field }),
    ...(remedy === undefined ? {} : { remedy }),
    extra: { errors },
  });
}
