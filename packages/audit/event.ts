import type { AuditAction } from './actions.ts';

export const OUTCOMES = ['intent', 'success', 'refused', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `trigger`: one of a workflow, which started a run by itself. */
export const ACTOR_KINDS = ['member', 'system', 'anonymous', 'trigger'] as const;

export interface AuditActor {
  readonly kind: (typeof ACTOR_KINDS)[number];
  readonly id: string | null;
  /** As it was at the time: an event never follows a later change of name. */
  readonly name: string;
}

/**
 * The digest of a stored definition: of a secret's policy (scope, expiry, destinations), of a component
 * (type, project, configuration and bindings), or of a test of a component that is not saved (all of these,
 * and the bytes of the values that were sealed for the test), or of a trigger of a workflow. The data plane
 * uses a value only under the definitions that the record's newest events name. `digest` is base64url SHA-256
 * over canonical JSON; `null` when it was deleted, or the test has ended.
 */
export interface Definition {
  readonly kind: 'secret' | 'component' | 'component-test' | 'trigger';
  readonly id: string;
  readonly digest: string | null;
}

/**
 * One change, or one use. No value of a secret, and no plain hash of one, is in any field. Text is
 * well-formed Unicode without NUL characters, which PostgreSQL's JSON cannot hold.
 */
export interface AuditEvent {
  /** `noun.verb`, for example `secret.create`. */
  readonly action: AuditAction;
  readonly actor: AuditActor;
  /** `intent` is committed before a value is opened; the other three say how something ended. */
  readonly outcome: Outcome;
  readonly target?: { readonly kind: string; readonly id: string; readonly name: string; readonly versionId?: string };
  /** Where it happened: project, workflow, run, step, component, destination, ip, userAgent, requestId. */
  readonly context?: Readonly<Record<string, string>>;
  readonly detail?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  /** What a new version's ciphertext must be: the base64url SHA-256 of the sealed bytes. */
  readonly commitment?: { readonly versionId: string; readonly ciphertextHash: string };
  /** What decides where a value may go, as it is after this event; see {@link Definition}. */
  readonly definitions?: readonly Definition[];
}

/**
 * Of a canonical body in UTF-8; the table has the same bound. With its header an entry stays below 64 KiB.
 */
export const BODY_MAXIMUM_BYTES = 61_440;
