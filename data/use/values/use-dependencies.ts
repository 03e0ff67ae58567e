import type { Database, InstanceClock, Queue } from '@holdfast/db/data';
import type { Logger } from '@holdfast/service';
import type { Kysely } from 'kysely';
import type { Egress } from '../../egress/egress.ts';
import type { OpeningKeys } from '../../keys/opening-keys.ts';
import type { RecordFollower } from '../../record/follower.ts';
import type { KnownRefusals } from './known-refusals.ts';
import type { UseRecord } from './use-record.ts';

/** What takes values into use works with. */
export interface UseDependencies {
  readonly db: Kysely<Database>;
  /** Takes mails to those who approve destinations. */
  readonly queue: Pick<Queue, 'send'>;
  readonly instanceId: string;
  readonly keys: OpeningKeys;
  readonly record: UseRecord;
  readonly refusals: KnownRefusals;
  readonly follower: RecordFollower;
  readonly egress: Egress;
  readonly logger: Logger;
  /** Decides what has expired; no other clock does. */
  readonly clock: Pick<InstanceClock, 'now'>;
}
