import type { Failure, ItemCounts, StoredTriggerSettings } from '@holdfast/api';
import type { AuditActor } from '@holdfast/audit';
import type { ColumnType } from 'kysely';

/**
 * What stands in the columns of type jsonb, which PostgreSQL does not check. Which column holds which stands
 * in tools/database-types/json-columns.ts.
 */

/**
 * A column of type jsonb: read as a value; written as a value or as its JSON (an array must be, or it becomes
 * a PostgreSQL array).
 */
export type StoredJson<T> = ColumnType<T, T | string, T | string>;

/** Who did it, as it was at the time. */
export type Actor = AuditActor;

/** Where documents come from. */
export type WorkflowSource = {
  /** Unique in the workflow. What was taken from a source is remembered by it. */
  readonly name: string;
} & (
  | { readonly kind: 'upload' }
  | { readonly kind: 'folder'; readonly folder: string }
  | {
      readonly kind: 'component';
      readonly componentId: string;
      /** `new`: not what an earlier run published in the same version. */
      readonly documents: 'all' | 'new';
      /** Of a run: nor what an earlier one failed at in the same version. */
      readonly leavesFailed?: true;
    }
);

export interface WorkflowStep {
  readonly id: string;
  readonly componentId: string;
  readonly name: string;
  /** An earlier step, whose results it takes; `null`: the document as it came. */
  readonly input: string | null;
  /** In CEL; it takes a document only when it is true. */
  readonly condition?: string | undefined;
  /** In CEL; what it gets in place of the document. */
  readonly mapping?: { readonly name?: string | undefined; readonly fields?: Readonly<Record<string, string>> | undefined } | undefined;
}

/** What a workflow does: its draft, a version of it, and what a run was started with. */
export interface WorkflowDefinition {
  readonly sources: readonly WorkflowSource[];
  /** In the order in which a document goes through them. */
  readonly steps: readonly WorkflowStep[];
}

/** What components were called, by id. */
export type ComponentNames = Readonly<Record<string, { readonly name: string; readonly type: string }>>;

/** Of folders that the operator offers, on a node. */
export type FolderNames = readonly string[];
/** What a trigger is set to; its kind stands beside it. The secret of a webhook is a binding. */
export type TriggerConfiguration = StoredTriggerSettings;
/** The place of a trigger that its key is bound to. */
export const SIGNING_SECRET = 'signingSecret';

export type RunFailure = Failure;

/** What a run came to when it ended last. */
export interface RunCounts extends ItemCounts {
  /** Of documents that were to be sent, and of those that were. */
  readonly bytes: { readonly total: number; readonly sent: number };
}

/** A component's options. Of those that are secrets only the text around several of them. */
export type ComponentConfiguration = Record<string, unknown>;

/** A component as it would be saved. */
export interface ComponentDraft {
  projectId: string;
  name: string;
  type: string;
  configuration: ComponentConfiguration;
  /**
   * Stored secrets; those without a name are the component's own. `reference` is empty for the whole value of
   * an option.
   */
  bindings: { option: string; reference: string; secretId: string; secretName: string | null }[];
  /** Where values may be sent by the test alone: see docs/decisions/0041. */
  approved: { secretId: string; destination: string }[];
}

export interface ComponentTestAnswer {
  passed: boolean;
  detail: string;
  failure: Failure | null;
  destinations: string[];
  milliseconds: number;
}

/** The metadata revision in which each field of a secret was last changed. */
export type MetadataFields = Record<string, number>;

/** What a mail says: a name, an address, a time. */
export type MailDetail = Readonly<Record<string, string>>;

/** What the record says of a download besides who and from where: project, workflow, run, access token. */
export type DownloadContext = Readonly<Record<string, string>>;
