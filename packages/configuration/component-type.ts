/**
 * A kind of component as pure data: what the control plane serves to the console's forms and checks
 * configurations against. It holds no code, so that the plane which faces people never loads what talks to
 * systems.
 */
export interface ComponentType {
  /** Stable identifier that is stored with every component: `azure-blob-publisher`. */
  readonly type: string;
  readonly role: 'connector' | 'model' | 'publisher';
  readonly title: string;
  readonly description: string;
  readonly schema: ConfigurationSchema;
}

/** JSON Schema 2020-12 of a configuration: a flat object of options. */
export interface ConfigurationSchema {
  readonly [keyword: string]: unknown;
  readonly type: 'object';
  readonly additionalProperties: false;
  /** Always to be filled: none of them has a condition under which it is there. */
  readonly required: readonly string[];
  /** What is to be filled while it is there. See `requiredWhileShown`. */
  readonly allOf?: readonly ConditionalRequirement[];
  readonly properties: { readonly [option: string]: OptionSchema };
}

/** `if` and `then` of JSON Schema. */
export interface ConditionalRequirement {
  readonly if: {
    readonly properties: Readonly<Record<string, { readonly enum: readonly (string | boolean)[] }>>;
    readonly required: readonly string[];
  };
  readonly then: { readonly required: readonly string[] };
}

export interface OptionSchema {
  readonly [keyword: string]: unknown;
  readonly type: 'string' | 'boolean' | 'integer' | 'number';
  readonly title: string;
  readonly description?: string;
  /** What holds where the option is left out. */
  readonly default?: string | boolean | number;
  /** What the form of a new component begins with, where that is not the default. */
  readonly 'x-initial'?: string | boolean | number;
  /**
   * The option is there while each of these others, which is a choice or a yes-or-no, has one of the values.
   * See shown-options.ts.
   */
  readonly showIf?: Readonly<Record<string, readonly (string | boolean)[]>>;
  /** The title of the part of the form that it stands in. */
  readonly 'x-section'?: string;
  /** What people read in place of the values of a choice. Without it, the value itself with a capital. */
  readonly 'x-enum-words'?: Readonly<Record<string, string>>;
  /** What a text is: JSON, or certificates in PEM (`application/x-pem-file`). See option-content.ts. */
  readonly contentMediaType?: 'application/json' | 'application/x-pem-file';
  /** JSON Schema of a text that is JSON. */
  readonly contentSchema?: object;
  /** The option is a text of several lines: how many the form shows at once. */
  readonly 'x-lines'?: number;
  /**
   * The option is sensitive: it is filled by a secret reference or a sealed own value, never stored in clear.
   */
  readonly 'x-secret'?: true;
  /**
   * Which credentials that somebody types into another option belong here, by their kind (`*`: any), and what
   * other options become then; `{user}` stands for the user beside a password in a URL. See
   * suggest-sensitive-option.ts. Who fills the option, and leaves those others out, means what stands at
   * `*`. See implied-options.ts.
   */
  readonly 'x-takes'?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * The option names where the component sends to: `true` for a URL or a connection string, or a text such
   * as `sftp://{host}:{port}` that is filled from options. See destinations.ts.
   */
  readonly 'x-destination'?: true | string;
}

/** Names of the options that hold secrets, in the order of the schema. */
export function sensitiveOptions(type: ComponentType): string[] {
  return Object.entries(type.schema.properties)
    .filter(([, option]) => option['x-secret'] === true)
    .map(([name]) => name);
}

/** An option that has to be filled, while it is shown, before the component can be used. */
export function isRequired(type: ComponentType, option: string): boolean {
  const { required, allOf = [] } = type.schema;
  return required.includes(option) || allOf.some(({ then }) => then.required.includes(option));
}

/** For `allOf`: an option of this name is to be filled while others have what its `showIf` names. */
export function requiredWhileShown(
  option: string,
  { showIf }: { readonly showIf: NonNullable<OptionSchema['showIf']> },
): ConditionalRequirement {
  const properties = Object.fromEntries(Object.entries(showIf).map(([at, values]) => [at, { enum: values }]));
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  return { if: { properties, required: Object.keys(showIf) }, then: { required: [option] } };
}

/** What people call an option. */
export function titleOf(type: ComponentType | undefined, option: string): string {
  return type?.schema.properties[option]?.title ?? option;
}
