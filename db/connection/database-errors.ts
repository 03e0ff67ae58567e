/**
 * Errors of PostgreSQL that this program knows, by the condition names of its manual:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const SQLSTATE = {
  connection_failure: '08006',
  transaction_resolution_unknown: '08007',
  invalid_parameter_value: '22023',
  foreign_key_violation: '23503',
  unique_violation: '23505',
  check_violation: '23514',
  read_only_sql_transaction: '25006',
  invalid_authorization_specification: '28000',
  invalid_password: '28P01',
  invalid_catalog_name: '3D000',
  invalid_schema_name: '3F000',
  serialization_failure: '40001',
  deadlock_detected: '40P01',
  insufficient_privilege: '42501',
  undefined_table: '42P01',
  disk_full: '53100',
  too_many_connections: '53300',
  lock_not_available: '55P03',
  query_canceled: '57014',
  admin_shutdown: '57P01',
  crash_shutdown: '57P02',
  cannot_connect_now: '57P03',
  database_dropped: '57P04',
  idle_session_timeout: '57P05',
} as const;

/** What an error of the database, its driver or the connection means for who asked. */
export type DatabaseFault =
  /** The server cannot be reached, or the connection was lost; nothing was committed. */
  | 'away'
  /** It starts, recovers or stops. */
  | 'starting'
  | 'stopping'
  /** It has no connection, memory or other resource to spare. */
  | 'full'
  | 'disk_full'
  /** A standby, which changes nothing: the primary is another server by now. */
  | 'read_only'
  /** Nobody answered whether the change was committed. */
  | 'outcome_unknown'
  /** The role's password was changed, or its login taken away. */
  | 'login_refused'
  /** Somebody else held a lock for longer than this statement waits. */
  | 'locked'
  /** Rolled back because of another transaction; the same may succeed when it is tried again. */
  | 'rolled_back'
  /** It ran into its statement timeout. */
  | 'cancelled'
  /** A row that can never be stored: a value that its type has no place for … */
  | 'data_refused'
  /** … or a constraint that it violates. */
  | 'unique_violation'
  | 'foreign_key_violation'
  | 'check_violation'
  | 'constraint_violation';

/** By SQLSTATE, else by its class (its first two characters), or by the code of an error of a socket. */
const FAULTS: Readonly<Record<string, DatabaseFault>> = {
  '08': 'away',
  [SQLSTATE.transaction_resolution_unknown]: 'outcome_unknown',
  '22': 'data_refused',
  '23': 'constraint_violation',
  [SQLSTATE.foreign_key_violation]: 'foreign_key_violation',
  [SQLSTATE.unique_violation]: 'unique_violation',
  [SQLSTATE.check_violation]: 'check_violation',
  [SQLSTATE.read_only_sql_transaction]: 'read_only',
  '28': 'login_refused',
  '40': 'rolled_back',
  '53': 'full',
  [SQLSTATE.disk_full]: 'disk_full',
  [SQLSTATE.lock_not_available]: 'locked',
  [SQLSTATE.query_canceled]: 'cancelled',
  [SQLSTATE.admin_shutdown]: 'stopping',
  [SQLSTATE.crash_shutdown]: 'stopping',
  [SQLSTATE.cannot_connect_now]: 'starting',
  [SQLSTATE.database_dropped]: 'away',
  [SQLSTATE.idle_session_timeout]: 'away',
  ECONNREFUSED: 'away',
  ECONNRESET: 'away',
  ENOENT: 'away',
  EPIPE: 'away',
  ETIMEDOUT: 'away',
};

/** node-postgres reports a lost connection without a code. */
const LOST_CONNECTION = /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** The faults after which nothing is decided: the same is to be tried again later. */
const OUTAGES: ReadonlySet<DatabaseFault> = new Set<DatabaseFault>([
  'away',
  'starting',
  'stopping',
  'full',
  'disk_full',
  'read_only',
  'outcome_unknown',
  'login_refused',
  'locked',
  'rolled_back',
  'cancelled',
]);

interface DriverError {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly message?: unknown;
  readonly syscall?: unknown;
}

/**
 * The SQLSTATE of an error, or the code of a socket's. `undefined` for any other error: a missing file has
 * the code of a missing socket, ENOENT.
 */
export function databaseErrorCode(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as DriverError;
  if (typeof code !== 'string' || (code === 'ENOENT' && syscall !== 'connect')) return undefined;
  return code;
}

/** @returns `undefined` when the error is not one of the database, or a fault of the statement itself. */
export function databaseFaultOf(error: unknown): DatabaseFault | undefined {
  const code = databaseErrorCode(error);
  if (code !== undefined) {
    const fault = FAULTS[code] ?? (isSqlState(code) ? FAULTS[code.slice(0, 2)] : undefined);
    if (fault !== undefined) return fault;
  }
  const { message } = (error ?? {}) as DriverError;
  return typeof message === 'string' && LOST_CONNECTION.test(message) ? 'away' : undefined;
}

/** The database does not answer, or not now: nothing was decided about what was asked. */
export function isDatabaseOutage(error: unknown): boolean {
  const fault = databaseFaultOf(error);
  return fault !== undefined && OUTAGES.has(fault);
}

/** PostgreSQL rolled the transaction back because of another one, and asks to be tried again. */
export function isSerializationFailure(error: unknown): boolean {
  const code = databaseErrorCode(error);
  return code === SQLSTATE.serialization_failure || code === SQLSTATE.deadlock_detected;
}

/** PostgreSQL refused a row because of this unique index or constraint (any, when none is named). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, 'unique_violation', constraint);
}

/** A row that is referred to is gone, or one that is to go is referred to. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, 'foreign_key_violation', constraint);
}

/** A trigger or check of the schema refused a row. */
export function isCheckViolation(error: unknown, constraint: string): boolean {
  return isViolation(error, 'check_violation', constraint);
}

/** A row was refused because of a constraint, whichever kind it is of. */
export function isConstraintViolation(error: unknown): boolean {
  return /^23/.test(databaseErrorCode(error) ?? '');
}

/** An error that one row of a statement causes, and which that row causes whenever it is tried again. */
export function isRowError(error: unknown): boolean {
  return databaseFaultOf(error) === 'data_refused' || isConstraintViolation(error);
}

function isViolation(error: unknown, fault: DatabaseFault, constraint: string | undefined): boolean {
  return databaseFaultOf(error) === fault && (constraint === undefined || (error as DriverError).constraint === constraint);
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code);
}
