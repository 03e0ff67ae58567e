import type { Failure } from '@holdfast/api';
import type { StopReason } from './stop-request.ts';

/** Why the work on a run came to its end. */
export type RunStop =
  | { readonly kind: 'done' | 'changed' | StopReason }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly component: { readonly id: string; readonly name: string } | null;
      readonly secretName: string | null;
    };
