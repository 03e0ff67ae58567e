import type { Failure, ItemCounts } from '@holdfast/api';
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

export type WorkflowSource =
  | { readonly kind: 'upload' }
  | { readonly kind: 'folder'; readonly folder: string }
  | {
      readonly kind: 'component';
      readonly componentId: string;
      /** `new`: not what an earlier run published in the same version. */
      readonly documents: 'all' | 'new';
    };

/** What a run was started with; later changes of the workflow do not touch it. */
export interface RunDefinition {
  readonly source: WorkflowSource;
  readonly steps: readonly {
    readonly id: string;
    readonly componentId: string;
    readonly name: string;
    /** An earlier step, whose results it takes; `null`: the document as it came. */
    readonly input: string | null;
  }[];
}

export type RunFailure = Failure;

export type { ItemCounts };

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
