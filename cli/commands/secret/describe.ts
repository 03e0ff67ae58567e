import { getSecret, listSecretBindings } from '@holdfast/api';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { answer, moment } from '../../output.ts';
import { bindingLine, bindingsOf } from './bindings.ts';

export function registerSecretDescribe(secret: Command): void {
  secret
    .command('describe')
    .description('everything known about one secret but its value, and every place that uses it')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { client, organization } = await connection();
      const params = { organization: await organization(), name };
      const found = await client.call(getSecret, { params });
      const bindings = await bindingsOf(client, listSecretBindings, params);
      const facts: [string, string][] = [
        ['Name', found.name],
        ['Description', found.description || '–'],
        ['Kind', found.kind],
        ['State', found.state],
        ['Owner', found.owner?.name ?? '–'],
        ['Projects', found.scope.kind === 'all-projects' ? 'all' : found.scope.projects.map((project) => project.name).join(', ')],
        ['Created', `${moment(found.createdAt)} by ${found.createdBy.name}`],
        ['Replaced', found.replacedAt === null ? 'never' : `${moment(found.replacedAt)} by ${found.replacedBy?.name ?? '–'}`],
        ['Last used', moment(found.lastUsedAt)],
        ['Rotation', found.rotationDays === null ? '–' : `every ${found.rotationDays} days, next ${moment(found.rotationDueAt)}`],
        ['Expires', found.expiresAt === null ? '–' : moment(found.expiresAt)],
        ['Destinations', found.destinations.join(', ') || 'as sealed with the value'],
        ['Obtained at', found.obtainUrl ?? '–'],
        ['Version', found.currentVersionId],
      ];
      const width = Math.max(...facts.map(([title]) => title.length));
      const lines = facts.map(([title, fact]) => `${title.padEnd(width)}  ${fact}`);
      const uses = bindings.length === 0 ? ['', 'Nothing uses it.'] : ['', 'Used by:', ...bindings.map(bindingLine)];
      answer(command, { secret: found, bindings }, [...lines, ...uses].join('\n'));
    });
}
