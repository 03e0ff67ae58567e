import { expiryWords, getSecret, listSecretBindings, type Secret } from '@holdfast/api';
import { answer, fullMoment } from '@holdfast/terminal/output';
import { facts, stateCell } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { consoleAddress, workplace } from '../../connection.ts';
import { bindingLine, bindingsOf } from './bindings.ts';

export function registerSecretDescribe(secret: Command): void {
  secret
    .command('describe')
    .alias('show')
    .description('everything known about one secret but its value, and every place that uses it')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const place = await workplace();
      const { client, slug } = place;
      const params = { organization: slug, name };
      const found = await client.call(getSecret, { params });
      const bindings = await bindingsOf(client, listSecretBindings, params);
      const { createdAt, createdBy, replacedAt, replacedBy, rotationDays, scope } = found;
      const known = facts([
        ['Name', found.name],
        ['Description', found.description || '–'],
        ['Kind', found.kind],
        ['State', stateCell(found.state)],
        ['Owner', found.owner?.name ?? '–'],
        ['Projects', scope.kind === 'all-projects' ? 'all' : scope.projects.map((project) => project.name).join(', ')],
        ['Created', `${fullMoment(createdAt)} by ${createdBy.name}`],
        ['Replaced', replacedAt === null ? 'never' : `${fullMoment(replacedAt)} by ${replacedBy?.name ?? '–'}`],
        ['Last used', fullMoment(found.lastUsedAt)],
        ['Rotation', rotationDays === null ? '–' : `every ${rotationDays} days, next ${fullMoment(found.rotationDueAt)}`],
        ['Expires', found.expiresAt === null ? 'never' : expiryWords(found.expiresAt)],
        ['Destinations', destinationsOf(found)],
        ['Obtained at', found.obtainUrl ?? '–'],
        ['Version', found.currentVersionId],
        ['Console', consoleAddress(place, `secrets/${found.name}`)],
      ]);
      const uses = bindings.length === 0 ? ['', 'Nothing uses it.'] : ['', 'Used by:', ...bindings.map(bindingLine)];
      answer(command, { secret: found, bindings }, [known, ...uses].join('\n'));
    });
}

/** In the meaning of the console's page: what its details name is all there is. */
function destinationsOf({ destinations }: Secret): string {
  return destinations.length > 0
    ? `${destinations.join(', ')} and no other`
    : 'those sealed with the value or named in it, others once approved';
}
