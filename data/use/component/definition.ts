import { createHash } from 'node:crypto';
import { componentDefinition, componentTestDefinition, type Definition } from '@holdfast/audit';
import type { BoundComponent } from './load-component.ts';

/**
 * What the record must say of the component; of the test, when it is not saved: this very configuration with
 * these very values.
 */
export function definitionOf(component: BoundComponent): Definition {
  const { id, projectId, type, configuration, bindings, draft } = component;
  if (draft === undefined) {
    const bound = bindings.map(({ option, reference, secret }) => ({ option, reference, secretId: secret?.id ?? null }));
    return componentDefinition({ componentId: id, projectId, type, configuration, bindings: bound });
  }
  return componentTestDefinition({
    testId: draft.testId,
    componentId: draft.componentId,
    projectId,
    type,
    configuration,
    approved: draft.approved,
    bindings: bindings.flatMap(({ option, reference, secret, sealed }) =>
      secret === undefined || sealed !== undefined ? [] : [{ option, reference, secretId: secret.id }],
    ),
    values: bindings.flatMap(({ option, secret, sealed }) =>
      secret === undefined || sealed === undefined
        ? []
        : [{ option, secretId: secret.id, versionId: secret.version?.id ?? '', ciphertextHash: hashOf(sealed) }],
    ),
  });
}

/** What the definition states, as the refusal calls it when the record states something else. */
export function definitionCovers({ name, draft }: BoundComponent): string {
  return draft === undefined
    ? `the configuration of the component “${name}”, or what it is bound to`
    : `the configuration of “${name}” that is to be tried, or what it is bound to,`;
}

function hashOf(sealed: Buffer): string {
  return createHash('sha256').update(sealed).digest('base64url');
}
