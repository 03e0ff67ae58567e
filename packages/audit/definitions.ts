import { hash } from 'node:crypto';
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
  /** With the text around the secrets of an option, where there is one. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The secret's id is `null` once the secret was deleted. */
  readonly bindings: readonly (BoundOption & { readonly secretId: string | null })[];
}

/** A place in a consumer that one value fills. */
export interface BoundOption {
  readonly option: string;
  /** The name that the option's text has for the value; empty when the value is the whole option. */
  readonly reference: string;
}

/** What a trigger of a workflow is, and which secrets it uses. */
export interface TriggerDefinition {
  readonly triggerId: string;
  readonly workflowId: string;
  readonly projectId: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Of an upload address: SHA-256 of its token, and when it ends. */
  readonly tokenHash: Uint8Array | null;
  readonly tokenExpiresAt: Date | null;
  /** The secret's id is `null` once the secret was deleted. */
  readonly bindings: readonly (BoundOption & { readonly secretId: string | null })[];
}

/** What a test of a configuration that is not saved does with which values. */
export interface ComponentTestDefinition {
  readonly testId: string;
  /** The saved component that is being changed; `null` for a new one. */
  readonly componentId: string | null;
  readonly projectId: string;
  readonly type: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Secrets that are stored: of the organization, or the component's own. */
  readonly bindings: readonly (BoundOption & { readonly secretId: string })[];
  /**
   * Values that were sealed for the component and are not stored as its own yet. `ciphertextHash` is
   * base64url SHA-256.
   */
  readonly values: readonly {
    readonly option: string;
    readonly secretId: string;
    readonly versionId: string;
    readonly ciphertextHash: string;
  }[];
  /**
   * Where each value may be sent for this test alone: said by somebody who may approve it, or has typed the
   * value.
   */
  readonly approved: readonly { readonly secretId: string; readonly destination: string }[];
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

/**
 * The component's digest, as an event states it. A binding without a secret states nothing: the component is
 * broken there.
 */
export function componentDefinition(component: ComponentDefinition): Definition {
  const { componentId, projectId, type, configuration, bindings } = component;
  const bound = bindings.filter(({ secretId }) => secretId !== null);
  const stated = { bindings: statedBindings(bound), configuration, project: projectId, type };
  return { kind: 'component', id: componentId, digest: digestOf('holdfast/component-definition/v1', componentId, stated) };
}

/** The trigger's digest, as an event states it. A binding without a secret states nothing. */
export function triggerDefinition(trigger: TriggerDefinition): Definition {
  const { triggerId, workflowId, projectId, kind, enabled, configuration, tokenHash, tokenExpiresAt, bindings } = trigger;
  const bound = bindings.filter(({ secretId }) => secretId !== null);
  const stated = {
    bindings: statedBindings(bound),
    configuration,
    enabled,
    kind,
    project: projectId,
    token: tokenHash === null ? null : Buffer.from(tokenHash).toString('base64url'),
    tokenExpires: tokenExpiresAt?.toISOString() ?? null,
    workflow: workflowId,
  };
  return { kind: 'trigger', id: triggerId, digest: digestOf('holdfast/trigger-definition/v1', triggerId, stated) };
}

/**
 * The test's digest, as the event that begins it states it. It commits to the bytes of the values themselves:
 * they have no event of their own, so that the same sealed value can be saved afterwards.
 */
export function componentTestDefinition(test: ComponentTestDefinition): Definition {
  const { testId, componentId, projectId, type, configuration, bindings, values, approved } = test;
  const stated = {
    approved: [...new Set(approved.map(({ secretId, destination }) => `${secretId} ${destination}`))].sort(),
    bindings: statedBindings(bindings),
    component: componentId,
    configuration,
    project: projectId,
    type,
    values: Object.fromEntries(
      values.map(({ option, secretId, versionId, ciphertextHash }) => [option, [secretId, versionId, ciphertextHash]]),
    ),
  };
  return { kind: 'component-test', id: testId, digest: digestOf('holdfast/component-test/v1', testId, stated) };
}

/**
 * The digest of what a version of a workflow does, as the event that publishes it states it.
 *
 * @param definition plain JSON: the sources and steps, with the ids of their components.
 * @returns base64url SHA-256 over canonical JSON.
 */
export function workflowDigest(workflowId: string, { sources, steps }: { readonly sources: unknown; readonly steps: unknown }): string {
  return digestOf('holdfast/workflow-definition/v1', workflowId, { sources, steps });
}

/**
 * By option, then by the name in its text: two options, or two names in one, are never taken for each other.
 */
function statedBindings(bindings: readonly (BoundOption & { readonly secretId: string | null })[]) {
  const byOption = Map.groupBy(bindings, ({ option }) => option);
  return Object.fromEntries(
    [...byOption].map(([option, bound]) => [option, Object.fromEntries(bound.map(({ reference, secretId }) => [reference, secretId]))]),
  );
}

function digestOf(domain: string, id: string, stated: Readonly<Record<string, unknown>>): string {
  return hash('sha256', [domain, id, canonicalJson(stated, 'definition')].join('\n'), 'base64url');
}
