import { hash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import { type Statements, statedDigest } from '@holdfast/audit';
import type { Usable } from './check-usable.ts';
import { refused } from './open-version.ts';
import type { WantedUse } from './wanted-use.ts';

/**
 * Compares what the database says with what the record's newest statements say: that this version of the
 * secret is the one that holds, that these are its bytes, and that scope, expiry, destinations, bindings and
 * configuration are those that were recorded. Rows that were put back, added or changed beside the record are
 * refused.
 *
 * @throws HoldfastError `envelope_refused`, or `definition_refused` when a definition differs.
 */
export function checkStatements(
  statements: Statements,
  { consumer, definition, definitionCovers }: WantedUse,
  usables: readonly { usable: Usable; sealed: Buffer }[],
): void {
  for (const { usable, sealed } of usables) {
    const { id, name, version } = usable.secret;
    // Its bytes are part of what the consumer's definition states; what is stored under the same id would be
    // another's.
    if (usable.sealed !== undefined) {
      if (statements.secrets.has(id)) {
        throw refused(consumer, name, 'By the audit record it is a stored value, not one that was sealed for a test.');
      }
      continue;
    }
    const statement = statements.secrets.get(id);
    if (statement === undefined) throw refused(consumer, name, 'The audit record does not know it.');
    if (statement.versionId === null) throw refused(consumer, name, 'By the audit record it was deleted.');
    const found = hash('sha256', sealed, 'base64url');
    if (statement.versionId !== version.id || statement.ciphertextHash !== found) {
      throw refused(consumer, name, 'The sealed value is not the one that the newest statement of the audit record commits to.');
    }
    if (usable.secret.policyDigest() !== statement.policy) {
      const called = name === null ? `the ${consumer.kind}’s own value` : `the secret “${name}”`;
      throw definitionRefused(`the scope, expiry or destinations of ${called}`);
    }
  }
  if (definition.digest !== statedDigest(statements, definition)) throw definitionRefused(definitionCovers);
}

function definitionRefused(what: string): HoldfastError {
  return new HoldfastError('definition_refused', `In the database ${what} is not what the audit record says.`);
}
