import { HoldfastError } from '@holdfast/api';
import { type ComponentType, isRequired, sensitiveOptions } from '@holdfast/connector';
import type { Binding, BoundComponent, BoundSecret } from '../component/load-component.ts';

/** A binding whose secret may be used now. */
export interface Usable {
  readonly option: string;
  readonly secret: BoundSecret & { readonly version: NonNullable<BoundSecret['version']> };
}

/** The secret that a refusal is about; the run shows its name and leads there. */
export interface Refusal {
  readonly error: HoldfastError;
  readonly binding: Binding | undefined;
}

/**
 * Decides whether a component may use what it is bound to, before anything is opened or sent. A secret that is missing,
 * expired or out of scope refuses the use; it never becomes an empty value.
 */
export function checkBindings(component: BoundComponent, type: ComponentType, now: Date): readonly Usable[] | Refusal {
  const usable: Usable[] = [];
  for (const option of sensitiveOptions(type)) {
    const binding = component.bindings.find((candidate) => candidate.option === option);
    if (binding === undefined) {
      if (!isRequired(type, option)) continue;
      const title = type.schema.properties[option]?.title ?? option;
      const error = new HoldfastError('secret_missing', `“${title}” of the component “${component.name}” is not filled in.`, {
        remedy: `Open the component “${component.name}” and choose a secret or type a value.`,
      });
      return { error, binding };
    }
    const checked = checkSecret(component, binding, now);
    if ('error' in checked) return checked;
    usable.push(checked);
  }
  return usable;
}

function checkSecret(component: BoundComponent, binding: Binding, now: Date): Usable | Refusal {
  const { option, secret } = binding;
  const called = binding.secretName === null ? `The own value of “${component.name}”` : `The secret “${binding.secretName}”`;
  if (secret?.version === undefined || (secret.ownerComponentId !== null && secret.ownerComponentId !== component.id)) {
    const error = new HoldfastError('secret_missing', `${called} does not exist; the component “${component.name}” needs it.`, {
      remedy: `Add the secret again if need be, then open the component “${component.name}” and choose it.`,
    });
    return { error, binding };
  }
  if (secret.expiresAt !== null && secret.expiresAt.getTime() <= now.getTime()) {
    return { error: new HoldfastError('secret_expired', `${called} expired on ${secret.expiresAt.toISOString().slice(0, 10)}.`), binding };
  }
  if (secret.ownerComponentId === null && !secret.allProjects && !secret.projectIds.includes(component.projectId)) {
    const error = new HoldfastError('secret_out_of_scope', `${called} is not meant for the project “${component.projectName}”.`);
    return { error, binding };
  }
  return { option, secret: { ...secret, version: secret.version } };
}
