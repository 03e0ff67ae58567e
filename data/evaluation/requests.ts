import type { WorkflowStep } from '@holdfast/db/data';
import type { DocumentFacts } from '@holdfast/workflow/expressions';

/** What a thread is asked to evaluate. No option and no value of a secret is among it. */
export type EvaluationRequest =
  | {
      readonly kind: 'step';
      readonly step: StepExpressions;
      readonly document: DocumentFacts;
      /** What the document holds, when an expression looks for it and it is not too large. */
      readonly bytes: Uint8Array | undefined;
    }
  | {
      readonly kind: 'answer';
      /** JSON Schema 2020-12, as JSON. */
      readonly schema: string;
      readonly answer: string;
    };

export type StepExpressions = Pick<WorkflowStep, 'name' | 'condition' | 'mapping'>;

/** `made` has what the evaluation gives, see EvaluationValues. */
export type EvaluationOutcome =
  | { readonly kind: 'made'; readonly value: EvaluationValues[EvaluationRequest['kind']] }
  /** For this document alone; `message` is for people. */
  | { readonly kind: 'failed'; readonly message: string }
  /** Longer than it may take; `during` names the expression, for people. */
  | { readonly kind: 'too_long'; readonly during: string };

/** By the kind of the request. */
export interface EvaluationValues {
  /** Nothing when the condition is false. `fields` is JSON. */
  readonly step: { readonly name: string | undefined; readonly fields: string | undefined } | undefined;
  /** Why the answer does not fit; nothing when it does. */
  readonly answer: string | undefined;
}

/** To a thread, and back. */
export interface ThreadRequest {
  readonly request: EvaluationRequest;
  /** Of a processor, see processor-time.ts. */
  readonly milliseconds: number;
}
export interface ThreadAnswer {
  readonly outcome: EvaluationOutcome;
  /** Of a processor; all that it was given, when it took too long. */
  readonly spentMilliseconds: number;
}
