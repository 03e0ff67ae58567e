import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-body.ts';
import type { Definition } from './event.ts';

/** What decides for whom, until when and whereto a secret may be used. */
export interface SecretPolicy {
  readonly secretId: string;
  /** The component that it belongs to, when it is a component's own value. */
  readonly componentId: string | null;
  readonly allProjects: boolean;
  /** Of the scope; none when all projects may. */
  readonly projectIds: readonly string[];
  /** Precise to the millisecond. */
  readonly expiresAt: Date | null;
  /** Narrows the destinations that are sealed with the value. */
  readonly destinations: readonly string[];
}

/** What a component does with which secrets. */
export interface ComponentDefinition {
  readonly componentId: string;
  readonly projectId: string;
  readonly type: string;
  /** Without sensitive options: those are bindings. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The secret's id is `null` once the secret was deleted. */
  readonly bindings: readonly { readonly option: string; readonly secretId: string | null }[];
}

/** The policy's digest, as an event states it. The order of projects and destinations does not matter. */
export function secretDefinition(policy: SecretPolicy): Definition {
  const { secretId, componentId, allProjects, projectIds, expiresAt, destinations } = policy;
  const stated = {
    component: componentId,
    destinations: [...new Set(destinations)].sort(),
    expires: expiresAt?.toISOString() ?? null,
    projects: allProjects ? null : [...new Set(projectIds)].sort(),
  };
  return { kind: 'secret', id: secretId, digest: digestOf('holdfast/secret-policy/v1', secretId, stated) };
}

/** The component's digest, as an event states it. A binding without a secret states nothing: the component is broken there. */
export function componentDefinition(component: ComponentDefinition): Definition {
  const { componentId, projectId, type, configuration, bindings } = component;
  const bound = bindings.filter(({ secretId }) => secretId !== null).map(({ option, secretId }) => [option, secretId]);
  const stated = { bindings: Object.fromEntries(bound), configuration, project: projectId, type };
  return { kind: 'component', id: componentId, digest: digestOf('holdfast/component-definition/v1', componentId, stated) };
}

function digestOf(domain: string, id: string, stated: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update([domain, id, canonicalJson(stated, 'definition')].join('\n'), 'utf8')
    .digest('base64url');
}
