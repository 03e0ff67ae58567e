import type { SECRET_KINDS } from '@holdfast/api';

/**
 * A workflow to begin with, as pure data: the console's gallery is built from it, and `npm run example` makes
 * it. It holds names of secrets and never a value.
 */
export interface Example {
  /** Its folder. */
  readonly name: string;
  readonly title: string;
  /** What secrets are commonly used for, as this one shows it. */
  readonly use: string;
  /** What happens to a document, in one or two sentences. */
  readonly description: string;
  readonly secrets: readonly ExampleSecret[];
  readonly components: readonly ExampleComponent[];
  readonly workflow: ExampleWorkflow;
}

export interface ExampleSecret {
  /** What it is called unless somebody chooses another. */
  readonly name: string;
  readonly kind: (typeof SECRET_KINDS)[number];
  readonly description: string;
  /** Where a person gets one, and which rights it should have. */
  readonly obtain: string;
  readonly obtainUrl?: string;
}

export interface ExampleComponent {
  /** How the workflow names it; the step's name too. */
  readonly key: string;
  readonly name: string;
  readonly type: string;
  /** Options that are not sensitive. */
  readonly options: Readonly<Record<string, string | boolean | number>>;
  /** By sensitive option: the secret of the example that fills it. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Options that differ from organization to organization: the gallery asks for them. */
  readonly asks: readonly string[];
}

export interface ExampleWorkflow {
  readonly name: string;
  readonly source: { readonly kind: 'upload' } | { readonly kind: 'component'; readonly component: string };
  /** Keys of components, in the order in which a document goes through them. */
  readonly steps: readonly string[];
}
