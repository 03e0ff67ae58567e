import { loadPart } from '../../../api/load-part.ts';

export type YamlPart = typeof import('./yaml-part.ts');

export function loadYaml(): Promise<YamlPart> {
  return loadPart(() => import('./yaml-part.ts'));
}
