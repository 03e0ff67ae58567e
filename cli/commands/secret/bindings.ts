import type { Binding, listSecretBindings } from '@holdfast/api';
import type { Client } from '@holdfast/sdk';

/** Every place that uses the secret. */
export async function bindingsOf(
  client: Client,
  endpoint: typeof listSecretBindings,
  params: { organization: string; name: string },
): Promise<Binding[]> {
  const { readAll } = await import('@holdfast/sdk');
  const bindings: Binding[] = [];
  for await (const binding of readAll(client, endpoint, { params, query: { limit: 200 } })) bindings.push(binding);
  return bindings;
}

export function bindingLine({ component, trigger, option, project, workflows }: Binding): string {
  if (trigger !== null) return `  ${project.name} / ${workflows.map(({ name }) => name).join(', ')}, trigger ${trigger.name}: ${option}`;
  const used = workflows.length === 0 ? '' : `, in ${workflows.map(({ name }) => name).join(', ')}`;
  return `  ${project.name} / ${component?.name ?? ''}: ${option}${used}`;
}
