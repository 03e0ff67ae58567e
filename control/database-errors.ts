/** unique_violation: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** PostgreSQL refused a row because of this unique index or constraint (any, when none is named). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, UNIQUE_VIOLATION, constraint);
}

/** A row that is referred to is gone, or one that is to go is referred to. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, FOREIGN_KEY_VIOLATION, constraint);
}

const CHECK_VIOLATION = '23514';

/** A trigger or check of the schema refused a row. */
export function isCheckViolation(error: unknown, constraint: string): boolean {
  return isViolation(error, CHECK_VIOLATION, constraint);
}

/** Class 23: a row that a constraint or a check refuses. */
export function isIntegrityViolation(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('23');
}

/** disk_full: PostgreSQL found no space on its own disk. */
const DISK_FULL = '53100';

export function isDiskFull(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === DISK_FULL;
}

function isViolation(error: unknown, code: string, constraint: string | undefined): boolean {
  const violation = error as { code?: unknown; constraint?: unknown } | null;
  return violation?.code === code && (constraint === undefined || violation.constraint === constraint);
}
