import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DatabaseFault,
  databaseFaultOf,
  isConstraintViolation,
  isDatabaseOutage,
  isRowError,
  isSerializationFailure,
  isUniqueViolation,
} from './database-errors.ts';

type Kind = 'outage' | 'row' | 'other';

/** Each code that a plane may meet, what it is, and what is done about it. */
const CODES: readonly [code: string, fault: DatabaseFault | undefined, kind: Kind][] = [
  ['08006', 'away', 'outage'],
  ['08003', 'away', 'outage'],
  ['08007', 'outcome_unknown', 'outage'],
  ['22021', 'data_refused', 'row'],
  ['22P02', 'data_refused', 'row'],
  ['23502', 'constraint_violation', 'row'],
  ['23503', 'foreign_key_violation', 'row'],
  ['23505', 'unique_violation', 'row'],
  ['23514', 'check_violation', 'row'],
  ['25006', 'read_only', 'outage'],
  ['25P02', undefined, 'other'],
  ['28000', 'login_refused', 'outage'],
  ['28P01', 'login_refused', 'outage'],
  ['3D000', undefined, 'other'],
  ['40001', 'rolled_back', 'outage'],
  ['40P01', 'rolled_back', 'outage'],
  ['42501', undefined, 'other'],
  ['42P01', undefined, 'other'],
  ['53100', 'disk_full', 'outage'],
  ['53200', 'full', 'outage'],
  ['53300', 'full', 'outage'],
  ['55006', undefined, 'other'],
  ['55P03', 'locked', 'outage'],
  ['57000', undefined, 'other'],
  ['57014', 'cancelled', 'outage'],
  ['57P01', 'stopping', 'outage'],
  ['57P02', 'stopping', 'outage'],
  ['57P03', 'starting', 'outage'],
  ['57P05', 'away', 'outage'],
  ['P0001', undefined, 'other'],
  ['XX000', undefined, 'other'],
  ['ECONNREFUSED', 'away', 'outage'],
  ['ECONNRESET', 'away', 'outage'],
  ['EPIPE', 'away', 'outage'],
  ['ETIMEDOUT', 'away', 'outage'],
  ['EACCES', undefined, 'other'],
  ['not_found', undefined, 'other'],
];

for (const [code, fault, kind] of CODES) {
  test(`${code} is ${fault ?? 'no fault of the database'}`, () => {
    const error = Object.assign(new Error('as the driver throws it'), { code });
    assert.equal(databaseFaultOf(error), fault);
    assert.equal(isDatabaseOutage(error), kind === 'outage');
    assert.equal(isRowError(error), kind === 'row');
    assert.equal(isConstraintViolation(error), code.startsWith('23'));
    assert.equal(isSerializationFailure(error), ['40001', '40P01'].includes(code));
  });
}

test('a missing socket is an outage, a missing file is not', () => {
  const missing = (syscall: string) => Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall });
  assert.equal(databaseFaultOf(missing('connect')), 'away');
  assert.equal(databaseFaultOf(missing('open')), undefined);
});

test('a lost connection that the driver reports without a code is an outage', () => {
  for (const message of [
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ]) {
    assert.equal(databaseFaultOf(new Error(message)), 'away', message);
  }
  assert.equal(databaseFaultOf(new Error('The document says: Connection terminated')), undefined);
});

test('what is no error is no fault', () => {
  for (const value of [undefined, null, 'ECONNRESET', 7, {}]) assert.equal(databaseFaultOf(value), undefined);
});

test('a violation is that of the constraint that is asked for', () => {
  const error = Object.assign(new Error('duplicate key'), { code: '23505', constraint: 'organization_slug_key' });
  assert.equal(isUniqueViolation(error), true);
  assert.equal(isUniqueViolation(error, 'organization_slug_key'), true);
  assert.equal(isUniqueViolation(error, 'user_email_key'), false);
});
