import { type Failure, mayNameSecrets, withoutNames } from '@holdfast/api';
import { type Database, inNaturalGroups } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { storable } from '../storable.ts';

const MESSAGE_MAXIMUM_CHARACTERS = 2_000;

export type LogLevel = 'info' | 'warning' | 'error';

export interface RunLog {
  /** The message names no secret, and quotes no failure. */
  write(level: LogLevel, message: string, itemId?: string): Promise<void>;
  /** @param say the message, given what is said of the failure. */
  writeFailure(level: LogLevel, failure: Failure, say: (detail: string) => string, itemId: string): Promise<void>;
}

/** A line that quotes a failure: as it is, and for those who may not read names of secrets. */
export interface FailureInWords {
  readonly message: string;
  /** `null`: the message names none. */
  readonly withoutNames: string | null;
}

/** @param say the message, given what is said of the failure. */
export function failureInWords(failure: Failure, say: (detail: string) => string): FailureInWords {
  return {
    message: say(failure.detail),
    withoutNames: mayNameSecrets(failure.code) ? say(withoutNames(failure).detail) : null,
  };
}

export interface LogLine {
  readonly organizationId: string;
  readonly runId: string;
  readonly level: LogLevel;
  readonly message: string;
  /** See {@link FailureInWords}. */
  readonly withoutNames: string | null;
  readonly itemId: string | null;
}

/** Writes lines of many runs in natural groups; those of one run in their order. */
export type WriteLogLine = (line: LogLine) => Promise<void>;

export function createLogWriter(db: Kysely<Database>): WriteLogLine {
  return inNaturalGroups(async (lines) => {
    await insertLogLines(db, lines);
    return lines.map(() => undefined);
  });
}

async function insertLogLines(db: Kysely<Database>, lines: readonly LogLine[]): Promise<void> {
  await sql`
    insert into run_log (organization_id, run_id, level, message, message_without_names, item_id)
    select organization_id, run_id, level, message, without_names, item_id
    from unnest(${lines.map(({ organizationId }) => organizationId)}::uuid[], ${lines.map(({ runId }) => runId)}::uuid[],
      ${lines.map(({ level }) => level)}::text[], ${lines.map(({ message }) => shortened(message))}::text[],
      ${lines.map(({ withoutNames }) => (withoutNames === null ? null : shortened(withoutNames)))}::text[],
      ${lines.map(({ itemId }) => itemId)}::uuid[])
      with ordinality as line (organization_id, run_id, level, message, without_names, item_id, place)
    where exists (select from run r where r.organization_id = line.organization_id and r.id = line.run_id)
    order by place`.execute(db);
}

/** As much of a message as a line holds, as the database takes it. */
export function shortened(message: string): string {
  return storable(message).slice(0, MESSAGE_MAXIMUM_CHARACTERS);
}

/** The log that members read. `redact` takes out the values that are in use. */
export function createRunLog(
  write: WriteLogLine,
  run: { readonly organizationId: string; readonly id: string },
  redact: (text: string) => string,
): RunLog {
  const place = { organizationId: run.organizationId, runId: run.id };
  return {
    write: (level, message, itemId) => write({ ...place, level, message: redact(message), withoutNames: null, itemId: itemId ?? null }),
    writeFailure(level, failure, say, itemId) {
      const { message, withoutNames: without } = failureInWords(failure, say);
      return write({ ...place, level, message: redact(message), withoutNames: without === null ? null : redact(without), itemId });
    },
  };
}
