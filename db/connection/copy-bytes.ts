import type { Readable } from 'node:stream';
import type { PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/**
 * Source: https://www.postgresql.org/docs/current/sql-copy.html, “Binary Format”: a signature, flags and the
 * length of an extension; then for each row the number of its fields and each of them after its length; then
 * -1.
 */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);
/** Fields up to this size go out together; a larger one as it is. */
const COPIED_BYTES = 64;

/** Statements that move bytes as they are: the driver else sends and reads them as text, twice as many. */
const COPIES = /^\s*(?:set local \w+ to \w+;\s*)?copy\b.*\b(stdin|stdout) \(format binary\)\s*$/is;

/** Which way a statement copies bytes: `undefined` for any other statement. */
export function copyDirection(text: string): 'in' | 'out' | undefined {
  const [, end] = COPIES.exec(text) ?? [];
  if (end === undefined) return undefined;
  return end.toLowerCase() === 'stdin' ? 'in' : 'out';
}

/**
 * Carries out `copy (select one column of bytea) to stdout (format binary)`. Answers a row `{ bytes }` for
 * each; all of them are in memory.
 *
 * @throws what the database says of the statement; Error for another number of columns, or an answer that is
 *   not in the binary format or ends early.
 */
export async function copyOut(client: pg.PoolClient, text: string): Promise<PostgresQueryResult<unknown>> {
  const reader = readerOf(client.query(copyTo(text)));
  const header = await reader.take(HEADER.length);
  if (!header.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new Error('The database copies in an unknown format.');
  await reader.take(header.readUInt32BE(HEADER.length - 4));
  const rows: { bytes: Buffer }[] = [];
  for (;;) {
    const fields = (await reader.take(2)).readInt16BE();
    if (fields === -1) break;
    if (fields !== 1) throw new Error('A statement that copies bytes has one column.');
    rows.push({ bytes: await reader.take((await reader.take(4)).readInt32BE()) });
  }
  await reader.end();
  return { command: 'SELECT', rowCount: rows.length, rows };
}

/**
 * Carries out `copy table (columns) from stdin (format binary)` for one row.
 *
 * @param fields - what its columns hold, in the binary form of their types. They may be changed when the
 * statement was answered.
 */
export function copyIn(client: pg.PoolClient, text: string, fields: readonly Uint8Array[]): Promise<PostgresQueryResult<never>> {
  const copying = client.query(copyFrom(text));
  return new Promise((resolve, reject) => {
    copying.on('error', reject);
    copying.once('finish', () => resolve({ command: 'INSERT', rowCount: copying.rowCount, rows: [] }));
    const count = Buffer.alloc(2);
    count.writeInt16BE(fields.length);
    let small = [HEADER, count];
    for (const field of fields) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(field.length);
      small.push(length);
      if (field.length <= COPIED_BYTES) {
        small.push(Buffer.from(field));
        continue;
      }
      copying.write(Buffer.concat(small));
      copying.write(field);
      small = [];
    }
    copying.end(Buffer.concat([...small, TRAILER]));
  });
}

interface Reader {
  /** Exactly as many bytes. */
  take(bytes: number): Promise<Buffer>;
  /** When the statement has ended. */
  end(): Promise<void>;
}

function readerOf(stream: Readable): Reader {
  let ended = false;
  let failure: Error | undefined;
  let wake = () => {};
  stream.on('error', (error) => {
    failure = error;
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  stream.on('readable', () => wake());
  const until = async <T>(look: () => T | null): Promise<T> => {
    for (;;) {
      if (failure !== undefined) throw failure;
      const found = look();
      if (found !== null) return found;
      if (ended) throw new Error('The database ended a copy before its end.');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    async take(bytes) {
      if (bytes === 0) return Buffer.alloc(0);
      const taken = await until(() => stream.read(bytes) as Buffer | null);
      if (taken.length !== bytes) throw new Error('The database ended a copy before its end.');
      return taken;
    },
    async end() {
      await until(() => (stream.read() !== null || !ended ? null : true));
    },
  };
}
