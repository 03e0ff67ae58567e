import { createHash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import { componentDefinition, componentTestDefinition, type Definition, type Statements, secretDefinition } from '@holdfast/audit';
import type { BoundComponent, BoundSecret, Draft } from '../component/load-component.ts';
import type { Usable } from './check-usable.ts';
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
    // Its bytes are part of what the test states; what is stored under the same id would be another's.
    if (component.draft?.values.has(version.id)) {
      if (statements.secrets.has(id)) throw refused(name, 'By the audit record it is a stored value, not one that was sealed for a test.');
      continue;
    }
    const statement = statements.secrets.get(id);
    if (statement === undefined) throw refused(name, 'The audit record does not know it.');
    if (statement.versionId === null) throw refused(name, 'By the audit record it was deleted.');
    const found = hashOf(sealed);
    if (statement.versionId !== version.id || statement.ciphertextHash !== found) {
      throw refused(name, 'The sealed value is not the one that the newest statement of the audit record commits to.');
    }
    if (policyOf(usable.secret).digest !== statement.policy) {
      throw definitionRefused(`the scope, expiry or destinations of ${called(usable.secret)}`);
    }
  }
  if (component.draft === undefined) checkSaved(statements, component);
  else checkTest(statements, component, component.draft);
}

function checkSaved(statements: Statements, component: BoundComponent): void {
  const { digest } = definitionOf(component);
  if (digest !== statements.components.get(component.id)) {
    throw definitionRefused(`the configuration of the component “${component.name}”, or what it is bound to`);
  }
}

/** The record must say that this very configuration is tried with these very values, and not that the test has ended. */
function checkTest(statements: Statements, component: BoundComponent, { testId, componentId, values }: Draft): void {
  const { projectId, type, configuration, bindings } = component;
  const bound = bindings.flatMap(({ option, secret }) => {
    const sealed = secret?.version === undefined ? undefined : values.get(secret.version.id);
    return secret === undefined ? [] : [{ option, secret, sealed }];
  });
  const { digest } = componentTestDefinition({
    testId,
    componentId,
    projectId,
    type,
    configuration,
    bindings: bound.flatMap(({ option, secret, sealed }) => (sealed === undefined ? [{ option, secretId: secret.id }] : [])),
    values: bound.flatMap(({ option, secret, sealed }) =>
      sealed === undefined ? [] : [{ option, secretId: secret.id, versionId: secret.version?.id ?? '', ciphertextHash: hashOf(sealed) }],
    ),
  });
  if (digest !== statements.tests.get(testId)) {
    throw definitionRefused(`the configuration of “${component.name}” that is to be tried, or what it is bound to,`);
  }
}

function hashOf(sealed: Buffer): string {
  return createHash('sha256').update(sealed).digest('base64url');
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
