import type { Failure } from '@holdfast/api';
import type { StopReason } from './stop-request.ts';

/** Why a run came to its end. */
export type RunEnd =
  | { readonly kind: 'done' | 'cancelled' }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly component: { readonly id: string; readonly name: string } | null;
      readonly secretName: string | null;
    };

/** Why the work on a run came to its end, or stopped before it. */
export type RunStop = RunEnd | { readonly kind: 'changed' | Exclude<StopReason, 'cancelled'> };
