import type { Answer, listNodes } from '@holdfast/api';
import { capitalized } from '../../ui/capitalized.ts';
import type { Tone } from '../../ui/tag.tsx';

export type NodeFacts = Answer<typeof listNodes>['items'][number];

export const NODE_STATE_WORDS: Readonly<Record<NodeFacts['state'], string>> = {
  running: 'Running',
  away: 'Not answering',
  stopped: 'Stopped',
};

export const NODE_TONES: Readonly<Record<NodeFacts['state'], Tone>> = { running: 'good', away: 'bad', stopped: 'quiet' };

export const PLANE_WORDS: Readonly<Record<NodeFacts['plane'], string>> = { control: 'Control plane', data: 'Data plane' };

/** One line in place of a table, while one process of each plane runs and nothing else is known. */
export function aloneWords(nodes: readonly NodeFacts[]): string | undefined {
  const [control, data] = (['control', 'data'] as const).map((plane) => nodes.filter((node) => node.plane === plane));
  const [one, other] = [control?.[0], data?.[0]];
  if (nodes.length !== 2 || one === undefined || other === undefined || nodes.some(({ state }) => state !== 'running')) return undefined;
  if (one.version !== other.version) return undefined;
  return one.host === other.host
    ? `One control plane and one data plane run on ${one.host}, version ${one.version}.`
    : `One control plane runs on ${one.host} and one data plane on ${other.host}, version ${one.version}.`;
}

/** What needs attention, each a sentence that says what follows from it. */
export function warningsOf(nodes: readonly NodeFacts[]): string[] {
  const data = nodes.filter(({ plane }) => plane === 'data');
  const running = data.filter(({ state }) => state === 'running');
  const away = nodes.filter(({ state }) => state === 'away');
  const missing = [...new Set(data.flatMap(({ foldersMissing }) => foldersMissing))].sort();
  const versions = [...new Set(nodes.filter(({ state }) => state === 'running').map(({ version }) => version))];
  const warnings: string[] = [];
  if (running.length === 0)
    warnings.push('No data plane runs. Runs wait, connection tests get no answer, and no secret is used, until one starts.');
  else {
    for (const { host } of away.filter(({ plane }) => plane === 'data')) {
      warnings.push(`The data plane on ${host} does not answer. The others take up its runs.`);
    }
  }
  for (const { host } of away.filter(({ plane }) => plane === 'control')) {
    warnings.push(`The control plane on ${host} does not answer. Requests that reach it fail; the others go on.`);
  }
  if (missing.length > 0) {
    const [noun, verb] = missing.length === 1 ? ['the folder', 'has it'] : ['the folders', 'has them'];
    warnings.push(`Runs that read ${noun} ${missing.join(', ')} wait: no node that runs ${verb}.`);
  }
  if (versions.length > 1) warnings.push(`Different versions run: ${versions.join(' and ')}. Upgrade all of them to the same.`);
  return warnings;
}

/** What a node has of the organization, in words. */
export function holdsWords({ plane, leads, runs, folders, state }: NodeFacts): string {
  if (plane === 'control') return 'Answers people';
  const parts = [
    ...(leads ? ['signs the record and does the periodic work'] : []),
    ...(runs > 0 ? [`${runs.toLocaleString()} ${runs === 1 ? 'run' : 'runs'} under way`] : []),
    ...(folders.length > 0 ? [`${folders.length === 1 ? 'folder' : 'folders'} ${folders.join(', ')}`] : []),
  ];
  if (parts.length === 0) return state === 'running' ? 'Ready for runs' : 'Nothing';
  return capitalized(parts.join('; '));
}
