/**
 * Every error that Holdfast names. A code never changes its meaning; the words may get better. `remedy` is
 * what the reader can do next, and stands in the answer when the place that raised the error has nothing more
 * precise to say. `namesSecrets`: what is said of it may name a secret, a destination that nobody has
 * approved for one, or an admin's reason. Only those who may read names of secrets are shown it: see
 * withoutNames.
 */
export const ERROR_CODES = {
  invalid_request: { title: 'The request is not valid', remedy: 'Correct the field that is named and send it again.' },
  unauthenticated: { title: 'Not signed in', remedy: 'Sign in, or send a token in the Authorization header.' },
  invalid_credentials: { title: 'E-mail or password is wrong', remedy: 'Check both and try again.' },
  forbidden: { title: 'Your role does not allow this', remedy: 'Ask an owner or admin of the organization.' },
  host_not_allowed: {
    title: 'Holdfast is not reached under this name',
    remedy: 'Use its own address. If this name is right, the operator adds it to HOLDFAST_ALLOWED_HOSTS.',
  },
  not_found: { title: 'Not found', remedy: 'Check the name or the address: it may have been deleted, or belong to another organization.' },
  method_not_allowed: { title: 'Method not allowed', remedy: 'Use one of the methods in the Allow header.' },
  unsupported_media_type: { title: 'Content type not supported', remedy: 'Send the content type that the endpoint declares.' },
  payload_too_large: { title: 'The request is too large', remedy: 'Send less at once.' },
  headers_too_large: { title: 'The headers are too large', remedy: 'Send a shorter address, fewer cookies or smaller headers.' },
  request_timeout: { title: 'The request took too long', remedy: 'Send it again over a faster connection, or send less at once.' },
  expectation_failed: { title: 'The expectation cannot be met', remedy: 'Leave out the Expect header, or send “100-continue”.' },
  rate_limited: { title: 'Too many requests', remedy: 'Wait for the time in the Retry-After header.' },
  precondition_failed: { title: 'It has changed meanwhile', remedy: 'Read it again and repeat the change.' },
  name_taken: { title: 'The name is taken', remedy: 'Choose another name.' },
  quota_exceeded: { title: 'The limit is reached', remedy: 'Delete what is no longer needed.' },
  setup_done: { title: 'This instance is already set up', remedy: 'Sign in, or ask an admin for an invitation.' },
  setup_token_invalid: { title: 'The setup link is not valid', remedy: 'Use the link that the terminal printed at the last start.' },
  invitation_invalid: { title: 'The invitation is not valid', remedy: 'Ask an admin for a new one.' },
  account_link_invalid: {
    title: 'The account link is not valid',
    remedy: 'It works once. Ask for a new invitation, or the operator for a new link (holdfast account link).',
  },
  mail_not_set_up: {
    title: 'This Holdfast sends no mail',
    remedy: 'Ask the operator, who makes a one-time link on the machine of Holdfast: holdfast account reset, with your e-mail address.',
  },
  deletion_pending: {
    title: 'The organization is to be deleted already',
    remedy: 'Wait for its date, or cancel the deletion first (Keys & settings, or holdfast organization cancel-deletion).',
  },
  last_owner: { title: 'An organization needs an owner', remedy: 'Make another member an owner first.' },
  envelope_invalid: { title: 'The sealed value is not acceptable', remedy: 'Seal the value again with the current sealing key.' },
  sealing_key_stale: { title: 'The sealing key was replaced', remedy: 'Fetch the current sealing key and seal the value again.' },
  sealing_key_pending: { title: 'The sealing key is still being made', remedy: 'The data plane makes it; try again in a few seconds.' },
  key_rotation_active: {
    title: 'The sealing key is being rotated',
    remedy: 'Wait until that rotation has finished. Keys & settings and “holdfast keys status” show how far it is.',
  },
  secret_in_use: { title: 'The secret is in use', remedy: 'Confirm by its name, or name a replacement.' },
  component_in_use: { title: 'The component is in use', remedy: 'Remove it from the workflows that are listed first.' },
  project_in_use: { title: 'The project is not empty', remedy: 'Delete its components and workflows first.' },
  run_active: { title: 'A run is under way', remedy: 'Wait until it has ended, or cancel it.' },
  workflow_not_runnable: { title: 'The workflow cannot run', remedy: 'Correct what is named and start it again.' },
  workflow_not_published: {
    title: 'The workflow has no published version',
    remedy: 'Publish its draft: in the console, or with holdfast workflow publish.',
  },
  expression_failed: {
    title: 'An expression of a step failed',
    remedy:
      'Correct the expression in the workflow, publish it, and run the document again. has(result.field) asks whether a field is there.',
  },
  condition_false: {
    title: 'No step takes the document',
    remedy: 'Nothing has to be done when that is right; else change the condition of the step.',
  },
  nothing_to_publish: { title: 'There is no draft to publish', remedy: 'Change the workflow first; what it does now is published.' },
  document_in_bucket: {
    title: 'The document cannot be downloaded now',
    remedy:
      'Ask the operator: the control plane needs HOLDFAST_DATA_PUBLIC_URL, and each data plane HOLDFAST_DOCUMENTS_BUCKET, in which documents lie.',
  },
  trigger_refused: {
    title: 'The request was not accepted',
    remedy:
      'Check the address, the key or token, and the clock of the sender. Who may see the workflow finds more on its page, under Triggers.',
  },
  trigger_paused: { title: 'The trigger is paused', remedy: 'Resume it on the page of its workflow, then send again.' },
  documents_removed: { title: 'The documents are not kept any more', remedy: 'Upload them again for a new run.' },
  run_not_ended: { title: 'The run has not ended', remedy: 'Wait for its end, or cancel it.' },
  nothing_to_retry: {
    title: 'There is nothing to try again',
    remedy: 'Everything of the run is published or left out. Start a new run for other documents.',
  },
  documents_not_sent: { title: 'Documents of the run were not sent', remedy: 'Try the run again: it goes on with these.' },
  run_interrupted: {
    title: 'The run was interrupted again and again',
    remedy: 'Try the run again: it goes on with what is left. If it stays, the operator finds the reason in the log of the data plane.',
  },
  run_too_long: {
    title: 'The run took longer than a run may',
    remedy:
      'Try the run again: it goes on with what is left, for as long again. Look in its log for what hangs; when nothing does, the operator can raise HOLDFAST_RUN_MAXIMUM_HOURS.',
  },
  publication_uncertain: {
    title: 'The document may have been sent',
    remedy: 'Look whether it has arrived. If it has not, try this document again.',
  },
  run_not_active: { title: 'The run has ended', remedy: 'Start a new run.' },
  secret_missing: {
    title: 'The secret does not exist',
    remedy: 'Add the secret, then choose it in the component.',
    namesSecrets: true,
  },
  secret_expired: {
    title: 'The secret has expired',
    remedy: 'Replace its value and set a new expiry date.',
    namesSecrets: true,
  },
  secret_out_of_scope: {
    title: 'The project may not use the secret',
    remedy: 'An admin can add the project to the scope of the secret.',
    namesSecrets: true,
  },
  destination_refused: {
    title: 'The value may not be sent there',
    remedy:
      'Use an address that the secret allows, have an owner or admin approve it (Destinations), or replace the secret with other destinations.',
    namesSecrets: true,
  },
  destination_of_secret: {
    title: 'The secret itself names the destination',
    remedy: 'Take the destination off the secret’s own list, in its details, and decide about it then.',
    namesSecrets: true,
  },
  address_refused: { title: 'The address is private', remedy: 'The operator can allow it with HOLDFAST_EGRESS_ALLOW.' },
  envelope_refused: {
    title: 'The sealed value could not be opened',
    remedy: 'Replace the value of the secret. If it happens again, the database was changed by hand.',
    namesSecrets: true,
  },
  definition_refused: {
    title: 'The definition was changed beside the audit record',
    remedy: 'Open the component or the secret that is named, check it, and save it again. The database was changed by hand.',
    namesSecrets: true,
  },
  record_stopped: {
    title: 'The audit record does not verify',
    remedy: 'Nothing was opened. The operator can see more with “holdfast doctor”, restore a backup, or accept the record as it is.',
  },
  checkpoint_pending: {
    title: 'Not signed yet',
    remedy: 'The data plane signs the record within a minute of a new entry; try again then.',
  },
  audit_unavailable: { title: 'The audit record cannot be written', remedy: 'Nothing was done. Try again when the database answers.' },
  upstream_unreachable: { title: 'The service could not be reached', remedy: 'Check the address and that the service is up.' },
  upstream_refused: {
    title: 'The service refused the request',
    remedy: 'Check the address and the options against the documentation of the service; its own log may say more.',
  },
  upstream_credentials: {
    title: 'The service did not accept the credentials',
    remedy: 'Replace the secret with a value that the service accepts.',
  },
  upstream_not_found: { title: 'The service does not have it', remedy: 'Check the name in the configuration.' },
  document_holds_value: {
    title: 'A document holds the value that it was fetched with',
    remedy: 'Look at what the service answers; nothing of the document was kept. Other documents are not concerned.',
  },
  document_unsupported: {
    title: 'The step cannot use a document of this kind',
    remedy: 'Leave the document out, or convert it to a kind that the step takes.',
  },
  answer_invalid: {
    title: 'What the service answered does not fit',
    remedy: 'Look at the document and at the options of the step, then retry this document alone.',
  },
  option_invalid: { title: 'An option of the component is not valid', remedy: 'Open the component and correct the option.' },
  credential_in_clear: {
    title: 'An option holds a credential in clear',
    remedy:
      'Seal it: put it into a secret and name the secret in a sensitive option. If it is none, name the option in plainOptions (holdfast component … --plain OPTION).',
  },
  source_unavailable: { title: 'The source cannot be read', remedy: 'Check that the folder exists and is readable for Holdfast.' },
  data_plane_unavailable: { title: 'The data plane does not answer', remedy: 'Check that it runs; nothing was lost.' },
  query_timeout: {
    title: 'The answer took too long',
    remedy: 'Try again in a moment. Narrow a search down, for example by a longer text or a shorter time.',
  },
  storage_full: {
    title: 'The disk of the database is nearly full',
    remedy: 'Ask the operator to free space on the disk of the database, or to enlarge it; everything but uploads goes on.',
  },
  document_quota_exceeded: {
    title: 'The organization has no room for more documents',
    remedy: 'Delete workflows or runs whose documents are no longer needed, or ask the operator to raise HOLDFAST_DOCUMENT_QUOTA.',
  },
  unavailable: { title: 'Temporarily unavailable', remedy: 'Try again in a moment; nothing was done.' },
  internal: { title: 'Something went wrong', remedy: 'Try again; if it stays, give the operator the request id.' },
} as const satisfies Record<string, { title: string; remedy: string; namesSecrets?: true }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether a code, such as one of a failure that was stored by another version, is one of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/** An error that a caller may see: it holds no value, ever. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly code: ErrorCode;
  /** The field of the request that is wrong, as a dotted path. */
  readonly field: string | undefined;
  readonly remedy: string;
  /** Further public facts, for example the bindings that keep a secret from being deleted. */
  readonly extra: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    detail?: string,
    more: { field?: string; remedy?: string; extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail ?? ERROR_CODES[code].title, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.field = more.field;
    this.remedy = more.remedy ?? ERROR_CODES[code].remedy;
    this.extra = more.extra;
  }
}
