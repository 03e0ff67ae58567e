import type { HoldfastError } from '@holdfast/api';
import type { AuditActor, Definition } from '@holdfast/audit';
import type { Database, Queue, ReadBefore } from '@holdfast/db/data';
import type { ValueKind } from '@holdfast/envelope';
import type { Kysely } from 'kysely';

/** Who uses values: whatever holds bindings. Nothing in this room knows kinds apart. */
export interface Consumer {
  /** The word that messages call it by. */
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly projectName: string;
}

/** A secret as the database has it: nothing vouches for it yet. */
export interface StoredSecret {
  readonly id: string;
  /** `null`: a consumer's own value. */
  readonly name: string | null;
  /** The consumer that it belongs to, when it is an own value. */
  readonly ownerId: string | null;
  /** What its values are sealed as. */
  readonly sealedAs: ValueKind;
  readonly allProjects: boolean;
  /** Of the secret's scope; none when all projects may use it. */
  readonly projectIds: readonly string[];
  readonly expiresAt: Date | null;
  /** Narrows the sealed destinations. Empty: no narrowing. */
  readonly destinations: readonly string[];
  /** Grows with each decision about further ones: then the record may say something else. */
  readonly decisions: number;
  /** Of whose it is, its scope, expiry and destinations: what the newest statement of the record must say. */
  policyDigest(): Definition['digest'];
  /** The current one; `undefined` when there is none. */
  readonly version: { readonly id: string; readonly keyId: string } | undefined;
  /** The sealed bytes of that version, read in the same statement; `undefined` when they are gone. */
  readonly sealed?: Buffer | undefined;
}

/** One value that a use needs. */
export interface WantedValue {
  /**
   * Where the consumer has it: different for each value of a use. The opened value is handed over under it.
   */
  readonly place: string;
  /**
   * The name at the time of saving, for the message when the secret is gone. `null`: the consumer's own
   * value.
   */
  readonly secretName: string | null;
  /** Absent when the secret was deleted. */
  readonly secret: StoredSecret | undefined;
  /**
   * Sealed bytes that are stored nowhere: of a value that is tried before it is saved. The consumer's
   * definition states their hash.
   */
  readonly sealed?: Buffer;
}

/** What a consumer makes of its opened values. */
export interface Prepared {
  /** `scheme://host:port` of everything that the values will be sent to. */
  readonly destinations: readonly string[];
  /**
   * Texts that hold values, such as a filled template: they are taken out of whatever is shown, as the values
   * are.
   */
  readonly texts: readonly string[];
}

export interface ApprovalDependencies {
  readonly db: Kysely<Database>;
  /** Takes mails to those who approve destinations. */
  readonly queue: Pick<Queue, 'send'>;
}

/** Asks an owner or admin for a destination of a secret. */
export type RequestApproval = (
  dependencies: ApprovalDependencies,
  occasion: { readonly organizationId: string; readonly actor: AuditActor },
  unapproved: { readonly secretId: string; readonly destination: string },
  why: 'refused' | 'observed',
) => Promise<void>;

/** Everything that one use needs, as it was read from the database. */
export interface WantedUse<P extends Prepared = Prepared> {
  readonly consumer: Consumer;
  readonly values: readonly WantedValue[];
  /**
   * What the newest statement of the record must say of the consumer: what it is, and what it is bound to.
   */
  readonly definition: Definition;
  /** Where values may be sent by this use alone. The definition states it. */
  readonly approved: readonly { readonly secretId: string; readonly destination: string }[];
  /** What the definition covers, in words, for the refusal when the record says something else. */
  readonly definitionCovers: string;
  /** Changes when any value, binding or setting of it changes. */
  readonly state: string;
  /**
   * Grows with each save of the consumer: settings that were changed and changed back are not those that were
   * read.
   */
  readonly revision: number;
  /** As what it was read, when an intent may depend on that. `undefined`: it is read before each intent. */
  readonly readBefore?: ReadBefore | undefined;
  /**
   * Asks for a destination that nobody has approved. `undefined`: it is not asked for, since saving the
   * consumer does that.
   */
  readonly requestApproval?: RequestApproval | undefined;
  /** Present when the consumer cannot be used as it is, whatever its values are. */
  readonly refusal: HoldfastError | undefined;
  /** The same as it is now; `undefined` when it is gone. */
  reload(): Promise<WantedUse<P> | undefined>;
  /**
   * Called once, with the opened values by place. Dials nobody.
   *
   * @throws HoldfastError when the values do not fit.
   */
  prepare(values: ReadonlyMap<string, string>): P;
}

/** A consumer's own value is called by whose it is. */
export function calledSecret(secretName: string | null, { kind }: Pick<Consumer, 'kind'>): string {
  return secretName === null ? `The ${kind}’s own value` : `The secret “${secretName}”`;
}
