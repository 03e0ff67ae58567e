import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSources } from './import-graph.ts';
import { isTest } from './rules.ts';

const sources = await readSources(fileURLToPath(new URL('../..', import.meta.url)));

/** A rule that more than one room needs, how its text looks, and the one file that writes it. */
const AUTHORS: readonly [rule: string, looksLike: RegExp, author: string][] = [
  ['what a UUID looks like', /\[0-9a-f\]\{8\}|\[\\da-f\]\{8\}/i, 'packages/envelope/identifiers.ts'],
  ['how a version 7 UUID is made', /from 'uuid'/, 'packages/envelope/identifiers.ts'],
  ['what a destination looks like', /\[a-z\]\[a-z0-9\+\.-\]\*:\\\/\\\/\(/, 'packages/envelope/destinations.ts'],
  ['which destination modes there are', /'enforce', 'observe'/, 'packages/envelope/destinations.ts'],
  ['how IPv6 is put into brackets and taken out of them', /\^\\\[\|\\\]\$|`\[\$\{\w*(?:host|address)\w*\}\]/i, 'packages/envelope/host.ts'],
  ["what an organization's short name looks like", /\{0,46\}/, 'packages/api/schemas.ts'],
  ['what the end of a name says about a document', /from 'mime(?:\/|')/, 'packages/endpoints/content-type.ts'],
  [
    'which names a document may have',
    /part === '\.' \|\| part === '\.\.'.*return|DOCUMENT_NAME_MAXIMUM_CHARACTERS =|CONTENT_TYPE_PATTERN =/,
    'packages/api/document-name.ts',
  ],
  ['how a name is made to fit a service', /createHash[\s\S]*utf16le/, 'packages/connector/fit-name.ts'],
  ['what an e-mail address looks like in a request', /z\.email\(/, 'packages/api/schemas.ts'],
  ['how many secrets an organization may have', /SECRETS_PER_ORGANIZATION =/, 'packages/api/schemas.ts'],
  ['how long a value may be', /VALUE_MAXIMUM_BYTES =/, 'packages/envelope/value-rules.ts'],
  ['how large a configuration may be', /CONFIGURATION_MAXIMUM_BYTES =/, 'packages/configuration/check-configuration.ts'],
  ['how many milliseconds a day has', /86_400_000|86400000(?!')|24 \* 60 \* 60 \* 1_?000/, 'packages/api/schemas.ts'],
  ['what an error code of our own database means', /'08007'|'57P05'/, 'db/connection/database-errors.ts'],
  ['how look-ups of many callers leave together', /queueMicrotask\([\s\S]*setImmediate\(/, 'db/connection/natural-groups.ts'],
  ['what the record calls an own value', /own value of (?:'|\$\{)/, 'packages/audit/own-value-name.ts'],
  ['how long ago something was, in words', /new Intl\.RelativeTimeFormat\(/, 'packages/api/relative-time.ts'],
  ['how a JSON Pointer is read', /'~1'|~\[01\]/, 'packages/configuration/json-pointer.ts'],
  ['how long a password is', /PASSWORD_MINIMUM_LENGTH =|[Aa]t least 12 characters/, 'packages/api/schemas.ts'],
  ['what a use of a secret in a project would say', /'ok',? (?:\| )?'secret_missing'/, 'packages/api/endpoints/components.ts'],
  ['where a request has its token', /\['x-api-key'\]|'x-api-key':/, 'packages/endpoints/sent-token.ts'],
  ['what an organization keeps of documents', /from document_usage|selectFrom\('document_usage'/, 'db/documents/document-quota.ts'],
  ['who changed something meanwhile', /this change begins from/, 'control/if-match.ts'],
  ['how the bytes of an Ed25519 key become a key', /302a300506032b6570032100/i, 'packages/audit/ed25519-public-key.ts'],
  ['how a tile is divided into its hashes', /\* HASH_BYTES, \(\w+ \+ 1\) \* HASH_BYTES/, 'packages/audit/log-tree.ts'],
  ['how many sources a workflow may have', /SOURCES_MAXIMUM =/, 'packages/api/endpoints/workflows.ts'],
  ['how long a personal token is valid', /TOKEN_DAYS =|name: 'Setup', days: \d/, 'packages/api/endpoints/accounts.ts'],
  ['how words get a capital at their beginning', /slice\(0, 1\)\.toUpperCase\(\) \+/, 'console/ui/capitalized.ts'],
  ['how a connector refuses an option', /`The option “\$\{\w+\}” \$\{what\}\.`/, 'packages/connector/invalid-option.ts'],
  ['how long the reference of a document may be', /(?:REFERENCE|VERSION)_MAXIMUM_CHARACTERS =/, 'packages/connector/documents.ts'],
  ["what is shown of a service's own code", /`status \$\{Number\.isInteger\(/, 'packages/connector/shown-code.ts'],
  ['how an address is shown', /replace\(\/\\p\{Cc\}\/gu, encodeURIComponent\)/, 'connectors/http/document-address.ts'],
  ['which kinds of actors there are', /'member',? (?:\| )?'system',? (?:\| )?'anonymous'/, 'packages/audit/event.ts'],
];

for (const [rule, looksLike, author] of AUTHORS) {
  test(`${rule} is written in one file`, () => {
    const writers = [...sources].filter(([path, text]) => !isTest(path) && looksLike.test(text)).map(([path]) => path);
    assert.deepEqual(writers, [author]);
  });
}

test('whether something has expired goes by the latest time that was seen, and not by a clock', () => {
  const byClock = /expires_?at"?[^,\n]{0,12}[<>]=?\s*(?:now\(\)|new Date\(|Date\.now\()/i;
  const found = [...sources].filter(
    ([path, text]) => /^(?:control|data|db|launcher|packages)\//.test(path) && !isTest(path) && byClock.test(text),
  );
  assert.deepEqual(
    found.map(([path]) => path),
    [],
  );
});
