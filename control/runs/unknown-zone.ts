import { invalid } from '@holdfast/api';
import { databaseErrorCode, SQLSTATE } from '@holdfast/db/control';

/**
 * What a statement failed with that counts by the days of a zone.
 *
 * @throws HoldfastError `invalid_request` for a zone that PostgreSQL does not know; the error itself for any
 *   other.
 */
export function refuseUnknownZone(error: unknown): never {
  if (databaseErrorCode(error) !== SQLSTATE.invalid_parameter_value) throw error;
  throw invalid([{ field: 'zone', detail: 'There is no such time zone.' }], 'Take a name of the IANA list, such as Europe/Berlin.');
}
