import type { RepeatFold } from '@holdfast/audit';
import type { Database, InstanceClock, Queue } from '@holdfast/db/control';
import type { Logger } from '@holdfast/service';
import type { Kysely } from 'kysely';
import type { Accounts } from './accounts/accounts.ts';
import type { FindToken } from './accounts/find-token.ts';
import type { SignInLimit } from './accounts/sign-in-limit.ts';
import type { ControlSettings } from './config.ts';
import type { DocumentRoom } from './documents/document-room.ts';
import type { UploadRecord } from './documents/upload-record.ts';
import type { MailLimit } from './people/mail-limit.ts';
import type { RunFeeds } from './runs/run-feeds.ts';
import type { SecretCreations } from './secrets/create-together.ts';
import type { Workload } from './workload.ts';

/** What every endpoint of the control plane works with. Made once, in app.ts. */
export interface Control {
  readonly settings: ControlSettings;
  readonly logger: Logger;
  /** As the control plane's role: it cannot read a sealed value or a wrapped key. */
  readonly db: Kysely<Database>;
  /** Decides what has expired; no other clock does. */
  readonly clock: InstanceClock;
  /** For searches alone: a few connections, whose statements end early. */
  readonly searches: Kysely<Database>;
  /** For the bytes of documents alone. */
  readonly uploads: Kysely<Database>;
  /** For changes that delete many bytes in one transaction, and may take long. */
  readonly deletions: Kysely<Database>;
  readonly documentRoom: DocumentRoom;
  readonly uploadRecord: UploadRecord;
  /** For what a person may repeat at will, so that it does not fill the record. */
  readonly repeats: RepeatFold;
  readonly findToken: FindToken;
  readonly creations: SecretCreations;
  readonly workload: Workload;
  readonly runFeeds: RunFeeds;
  readonly queue: Queue;
  readonly accounts: Accounts;
  readonly signInLimit: SignInLimit;
  readonly mailLimit: MailLimit;
  readonly instanceId: string;
  /** Work that nobody waits for is finished before the process ends. */
  readonly inBackground: (work: Promise<void>) => void;
  /** Of the program, as in package.json. */
  readonly version: string;
}
