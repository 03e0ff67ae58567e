import { hostAndPort } from '@holdfast/configuration';
import { ConnectorError, connectorErrorIn, explainNetworkError } from '@holdfast/connector';
import pg from 'pg';
import type { Server } from './connection-string.ts';

interface Words {
  readonly code: ConnectorError['code'];
  /** Follows “The server at host:port ”. */
  readonly detail: string;
  readonly remedy: string;
  readonly retryable?: true;
  readonly documentOnly?: true;
}

const AGAIN = 'Start the run again when the server has recovered.';
const GRANT =
  'Have its owner grant USAGE on the schema, and on the columns INSERT, SELECT and, for upsert, UPDATE; and USAGE on sequences.';

const notFound = (detail: string, remedy: string): Words => ({ code: 'upstream_not_found', detail, remedy });
const busy = (detail: string, remedy = AGAIN): Words => ({ code: 'upstream_refused', detail, remedy, retryable: true });
const ofDocument = (detail: string, remedy: string): Words => ({ code: 'upstream_refused', detail, remedy, documentOnly: true });
const credentials = (detail: string, remedy: string): Words => ({ code: 'upstream_credentials', detail, remedy });

/**
 * By SQLSTATE, or by its class of two characters: postgresql.org/docs/current/errcodes-appendix.html. Of what
 * the server says nothing else is shown: its messages repeat the data.
 */
const WORDS: Readonly<Record<string, Words>> = {
  '28P01': credentials('did not accept the user name and password', 'Replace the secret with a connection string that it accepts.'),
  '28000': credentials(
    'does not let this user in from here',
    'Check the user name, and allow this user, database and address in the server’s pg_hba.conf or networking settings.',
  ),
  '42501': credentials('does not permit this user to do that', GRANT),
  '3D000': notFound('has no such database', 'Create the database, or correct its name in the connection string.'),
  '3F000': notFound('has no such schema', 'Create the schema, or correct it in the component.'),
  '42P01': notFound('has no such table', 'Create the table, or correct its name in the component.'),
  '42703': notFound('has a table without one of the columns', 'Add the column, or correct its name in the component.'),
  '42P10': {
    code: 'option_invalid',
    detail: 'has no primary key or unique constraint on exactly the key columns',
    remedy: 'Add one to the table, or name the columns of one that is there as the key columns.',
  },
  '428C9': {
    code: 'option_invalid',
    detail: 'makes the value of one of the columns itself',
    remedy: 'Leave generated and identity columns out of the component.',
  },
  '42601': { code: 'option_invalid', detail: 'cannot read the statement', remedy: 'Correct the statement in the component.' },
  '25006': { code: 'upstream_refused', detail: 'takes no writes', remedy: 'Use the connection string of the primary server.' },
  '23502': ofDocument(
    'requires a value in a column that the document leaves empty',
    'Complete the document, or give the column a default.',
  ),
  '23503': ofDocument('has no row that this one refers to', 'Add the row that a foreign key of the table asks for first.'),
  '23505': ofDocument('has another row with a value that must be unique', 'Compare the document with the unique constraints of the table.'),
  '23514': ofDocument('has a rule that a value does not meet', 'Compare the document with the check constraints of the table.'),
  '23': ofDocument('has a constraint that the row violates', 'Compare the document with the constraints of the table.'),
  '22': ofDocument('cannot keep a value in its column', 'Compare the types and lengths of the columns with the document.'),
  '42804': ofDocument('cannot keep a value in a column of its type', 'Compare the types of the columns with the document.'),
  '21000': ofDocument('was given two rows with the same key', 'Leave one of them out of the document, or name more key columns.'),
  '54': ofDocument('cannot keep a row or value of this size', 'Leave out large columns that have an index, or shorten the document.'),
  P0: ofDocument('ended the write by a trigger of the table', 'Look at what the triggers of the table ask for.'),
  '40': busy('ended the transaction because of another one'),
  '53300': busy(
    'has no connection free',
    'Raise max_connections or the connection limit of the user, or use the address of a connection pooler.',
  ),
  '53': busy('has no memory, disk or other resources left', 'Give the server more room, and start the run again.'),
  '55P03': busy(
    'has the rows or a table locked by another transaction',
    'Look for transactions that stay open there, and start the run again.',
  ),
  '57014': busy(
    'ended the statement because it took too long',
    'Look for what slows writes to the table, such as triggers and locks, and start the run again.',
  ),
  '57P': busy('is starting or shutting down'),
  '58': busy('cannot read or write its own files'),
  '08': { code: 'upstream_unreachable', detail: 'lost the connection', remedy: AGAIN, retryable: true },
};

/**
 * Says what went wrong in our words. What concerns the server, its credentials, the table or the columns ends
 * the run; all else concerns this document alone.
 */
export function explain(error: unknown, server: Server): Error {
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return error;
  const where = hostAndPort(server);
  if (error instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(error.code ?? '')) {
    const code = error.code ?? '';
    const words = WORDS[code] ?? WORDS[code.slice(0, 3)] ?? WORDS[code.slice(0, 2)];
    if (words !== undefined) {
      const { code: ours, detail, ...more } = words;
      return new ConnectorError(ours, `The server at ${where} ${detail} (${code}).`, { ...more, cause: error });
    }
    return new ConnectorError('upstream_refused', `The server at ${where} refused the statement (${code}).`, {
      remedy: 'Look the code up among the error codes of PostgreSQL.',
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : '';
  if (/^Connection terminated/.test(message)) {
    return new ConnectorError('upstream_unreachable', `The server at ${where} closed the connection.`, { retryable: true, remedy: AGAIN });
  }
  if (/timeout/.test(message)) {
    return new ConnectorError('upstream_unreachable', `The server at ${where} did not answer in time.`, { retryable: true, remedy: AGAIN });
  }
  if (error instanceof Error && 'syscall' in error) return explainNetworkError(error, { host: where, hostname: server.host });
  if (error instanceof Error && 'code' in error && /^(?:E[A-Z]+|ERR_[A-Z_]+)$/.test(String(error.code))) {
    return explainNetworkError(error, { host: where, hostname: server.host });
  }
  if (/SASL|SCRAM/.test(message)) {
    return new ConnectorError('upstream_credentials', `The server at ${where} signs in by a method that cannot be used here.`, {
      remedy: 'Give the user a password that the server keeps as scram-sha-256, and check that the host is the right one.',
      cause: error,
    });
  }
  return notUnderstood(where, error);
}

/** An answer that is not PostgreSQL's. */
export function notUnderstood(where: string, cause?: unknown): ConnectorError {
  return new ConnectorError('upstream_refused', `What the server at ${where} answered could not be understood.`, {
    remedy: 'Check that the port is the one of PostgreSQL.',
    cause,
  });
}
