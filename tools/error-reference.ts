import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES, type ErrorCode, mayNameSecrets } from '@holdfast/api';
import { statusOf } from '@holdfast/endpoints';
import { wrapProse } from './wrap-prose.ts';

/** `node tools/error-reference.ts` writes docs/reference/errors.md from the table of errors. */
export const ERROR_REFERENCE = fileURLToPath(new URL('../docs/reference/errors.md', import.meta.url));

/** What the terminal says beside the codes of the API. */
export const COMMAND_CODES: Readonly<Record<string, string>> = {
  usage: 'The command was called wrongly',
  configuration: 'A `HOLDFAST_*` variable is wrong, unknown or given twice',
  unreachable: 'Nothing answers at the address',
  failed: 'Something else; the message says what, and the remedy what to do',
  cancelled: 'You did not go on',
  interrupted: 'You stopped a download; what was written whole stays',
  parameter_invalid: 'A name or id in the call is empty, “.” or “..”; nothing was sent',
  redirected: 'The server names another address, such as the one with `https`; nothing was sent there',
  value_invalid: 'The value is empty, too large or not text; nothing was sent',
  signing_key_changed: "The data plane's signing key is not the one that was trusted before; nothing was sealed",
  sealing_key_invalid: 'The sealing key is not what it should be; nothing was sealed',
  sealing_key_of_another_organization: 'The sealing key, or the token, is of another organization; nothing was sealed',
  sealing_key_older:
    'The sealing key is older than one that was seen here; nothing was sealed. After a restore compare its fingerprint, then `holdfast keys --trust`',
  token_malformed: 'The token holds a character that no token has; nothing was sent',
  profile_invalid: 'What `holdfast login` kept cannot be read',
  unreadable: 'A file cannot be read',
  unwritable: 'A file of the record cannot be written',
  not_written: 'A document could not be written; no part of it is left',
  exists: 'A file is there already; `--force` replaces it',
  invalid_file: 'The file of a workflow is not valid; each fault is named with its line and column',
  check_failed: '`holdfast workflow check` found faults, in a file or by asking the server',
  checkpoint_invalid: 'The file holds no checkpoint, or one that is not valid',
  export_truncated: 'The export of the record stops before its end; export it again',
  entry_stray: 'The database has rows that are not part of the record: it was changed by hand',
  setup_token_missing: 'There is no setup token in `HOLDFAST_HOME`',
  not_the_operator:
    'How the control plane logs in cannot be read: this is not the machine, the account or the home that Holdfast was first started with',
  home_foreign: '`HOLDFAST_HOME` is a folder of something else',
  backup_damaged: 'The backup is not whole, or was changed; nothing of it was kept',
  database: 'PostgreSQL, or a migration, failed',
};

export function errorReference(): string {
  const rows = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const { title, remedy } = ERROR_CODES[code];
    return `| \`${code}\` | ${statusOf(code)} | ${title} | ${remedy} |`;
  });
  const naming = Object.keys(ERROR_CODES)
    .filter(mayNameSecrets)
    .map((code) => `\`${code}\``)
    .join(', ');
  return `# Errors

Written by \`node tools/error-reference.ts\` from \`packages/api/error-codes.ts\`.

${wrapProse(
  `Every error of the API is \`application/problem+json\` (RFC 9457) with a stable \`code\`, what happened in \`detail\`, what to do in
  \`remedy\`, and a \`requestId\` under which the log has more. \`field\` names the field that is wrong, \`errors\` all of them when there
  are several, \`bindings\` what uses a secret that cannot be deleted. A code never changes its meaning; the words may get better. The
  failure of a run and of a connection test has the same codes. The place that raises an error often has a more precise remedy than
  this table.`,
)}

${wrapProse(
  `What is said of these codes may name a secret, a destination or an admin's reason: ${naming}. Viewers read what happened in the words
  of this table, and whom to ask; \`secretName\` is \`null\` for them
  ([why](../decisions/0084-a-name-of-a-secret-is-left-out-at-one-place.md)).`,
)}

| Code | Status | What happened | What to do |
|---|---:|---|---|
${rows.join('\n')}

## On the command line

Exit code 1 goes with these, 2 with a call or a setting that is wrong. \`--json\` answers
\`{"error": {"code", "message", "remedy"}}\`. Beside the codes above there are:

| Code | What happened |
|---|---|
${commandRows()}
`;
}

function commandRows(): string {
  return Object.entries(COMMAND_CODES)
    .map(([code, words]) => `| \`${code}\` | ${words} |`)
    .join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ERROR_REFERENCE, errorReference());
