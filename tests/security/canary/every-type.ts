import { COMPONENT_TYPES } from '../../../control/components/component-types.ts';
import { EXAMPLES } from '../../connectors/examples.ts';
import type { Account } from '../../harness/account.ts';
import { putSecret } from '../../harness/workspace.ts';

/**
 * Makes a component of every type with secrets that hold the marker, and tests its connection at a port where
 * nobody listens. Answers how many there are; what came of them is among the account's answers.
 */
export async function testEveryType(account: Account, project: string, marker: string, accountKey: string): Promise<number> {
  for (const { type, schema } of COMPONENT_TYPES) {
    const example = EXAMPLES[type]?.(1);
    if (example === undefined) throw new Error(`tests/connectors/examples.ts has no example of ${type}.`);
    const configuration: Record<string, unknown> = { ...example.options };
    for (const [option, { 'x-secret': sensitive }] of Object.entries(schema.properties as Record<string, { 'x-secret'?: boolean }>)) {
      const value = configuration[option];
      if (sensitive !== true || typeof value !== 'string') continue;
      const name = `${type}_${option}`.replaceAll('-', '_').toUpperCase();
      const marked = example.secrets.reduce(
        (text, secret) => text.replaceAll(secret, type.startsWith('azure') ? accountKey : marker),
        value,
      );
      await putSecret(account, name, marked.includes(marker) ? marked : `${marked}-${marker}`);
      configuration[option] = `\${secret.${name}}`;
    }
    const { id } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
      name: `Every ${type}`,
      type,
      configuration,
      sealedOptions: {},
    });
    await account.call('POST', account.at(`/projects/${project}/components/${id}/test`));
  }
  return COMPONENT_TYPES.length;
}
