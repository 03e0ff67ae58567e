import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatCheckpoint } from '@holdfast/audit';
import type { Database } from '@holdfast/db';
import type { Kysely } from 'kysely';
import type { SigningKey } from '../keys/signing-key.ts';

/** A checkpoint is written after this time at the latest, when there is anything new. */
const INTERVAL_MILLISECONDS = 60_000;
/** … and earlier when this many events came in between. */
const EVENTS = 1_000;
/** How often the heads are looked at. */
const LOOK_MILLISECONDS = 5_000;

export interface Checkpoints {
  /** Writes one now, unless nothing has changed since the last. Answers whether it wrote one. */
  write(): Promise<boolean>;
  stop(): Promise<void>;
}

interface Facts {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly signingKey: SigningKey;
  readonly file: string;
  readonly onError: (error: unknown) => void;
}

/**
 * Writes signed statements of how far every organization's chain has come, one after the other into a file (C2SP signed
 * notes, with an empty line between). Whoever keeps a copy elsewhere can tell whether history was edited.
 */
export function startCheckpoints({ db, instanceId, signingKey, file, onError }: Facts): Checkpoints {
  let lastSize = -1;
  let lastTime = 0;
  let working: Promise<boolean> = Promise.resolve(false);

  async function writeWhen(due: (size: number) => boolean): Promise<boolean> {
    const rows = await db.selectFrom('audit_head').select(['organization_id', 'sequence', 'hash']).execute();
    const size = rows.reduce((sum, row) => sum + row.sequence, 0);
    if (size === lastSize || !due(size)) return false;
    const heads = rows.map((row) => ({ organizationId: row.organization_id, sequence: row.sequence, hash: row.hash }));
    const note = await formatCheckpoint({ instanceId, time: new Date(), heads }, signingKey);
    await append(file, `${note}\n`);
    lastSize = size;
    lastTime = Date.now();
    return true;
  }

  /** One at a time, in order. */
  function write(due: (size: number) => boolean): Promise<boolean> {
    working = working.catch(() => false).then(() => writeWhen(due));
    return working;
  }

  const isDue = (size: number) => size - Math.max(lastSize, 0) >= EVENTS || Date.now() - lastTime >= INTERVAL_MILLISECONDS;
  const timer = setInterval(() => write(isDue).catch(onError), LOOK_MILLISECONDS).unref();
  return {
    write: () => write(() => true),
    async stop() {
      clearInterval(timer);
      await working.catch(() => false);
    },
  };
}

/** On the disk when it returns. */
async function append(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
