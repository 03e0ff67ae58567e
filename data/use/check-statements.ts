import { createHash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import { componentDefinition, type Definition, type Statements, secretDefinition } from '@holdfast/audit';
import type { BoundComponent, BoundSecret } from './bindings.ts';
import type { Usable } from './checks.ts';
import { refused } from './open-version.ts';

/**
 * Compares what the database says with what the record's newest statements say: that this version of the secret is the one that holds,
 * that these are its bytes, and that scope, expiry, destinations, bindings and configuration are those that were recorded. Rows that were
 * put back, added or changed beside the record are refused.
 *
 * @throws HoldfastError `envelope_refused`, or `definition_refused` when a definition differs.
 */
export function checkStatements(
  statements: Statements,
  component: BoundComponent,
  usables: readonly { usable: Usable; sealed: Buffer }[],
): void {
  for (const { usable, sealed } of usables) {
    const { id, name, version } = usable.secret;
    const statement = statements.secrets.get(id);
    if (statement === undefined) throw refused(name, 'The audit record does not know it.');
    if (statement.versionId === null) throw refused(name, 'By the audit record it was deleted.');
    const found = createHash('sha256').update(sealed).digest('base64url');
    if (statement.versionId !== version.id || statement.ciphertextHash !== found) {
      throw refused(name, 'The sealed value is not the one that the newest statement of the audit record commits to.');
    }
    if (policyOf(usable.secret).digest !== statement.policy) {
      throw definitionRefused(`the scope, expiry or destinations of ${called(usable.secret)}`);
    }
  }
  const { digest } = definitionOf(component);
  if (digest !== statements.components.get(component.id)) {
    throw definitionRefused(`the configuration of the component “${component.name}”, or what it is bound to`);
  }
}

function policyOf({ id, ownerComponentId, allProjects, projectIds, expiresAt, destinations }: BoundSecret): Definition {
  return secretDefinition({ secretId: id, componentId: ownerComponentId, allProjects, projectIds, expiresAt, destinations });
}

function definitionOf({ id, projectId, type, configuration, bindings }: BoundComponent): Definition {
  const bound = bindings.map(({ option, secret }) => ({ option, secretId: secret?.id ?? null }));
  return componentDefinition({ componentId: id, projectId, type, configuration, bindings: bound });
}

function called({ name }: BoundSecret): string {
  return name === null ? 'the component’s own value' : `the secret “${name}”`;
}

function definitionRefused(what: string): HoldfastError {
  return new HoldfastError('definition_refused', `In the database ${what} is not what the audit record says.`);
}
