import { findPath, type Import } from './import-graph.ts';

/**
 * Every group of files that import each other in a circle, as one shortest chain through each (Tarjan, 1972).
 */
export function circlesIn(graph: ReadonlyMap<string, readonly Import[]>): string[][] {
  const filesOf = (path: string) =>
    (graph.get(path) ?? []).flatMap((each) => (each.kind === 'file' && graph.has(each.path) ? each.path : []));
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const open = new Set<string>();
  const groups: string[][] = [];

  function visit(path: string): void {
    indexes.set(path, indexes.size);
    lowest.set(path, indexes.size - 1);
    stack.push(path);
    open.add(path);
    const reach = (index: number) => lowest.set(path, Math.min(lowest.get(path) ?? index, index));
    for (const imported of filesOf(path)) {
      if (!indexes.has(imported)) {
        visit(imported);
        reach(lowest.get(imported) ?? 0);
      } else if (open.has(imported)) {
        reach(indexes.get(imported) ?? 0);
      }
    }
    if (lowest.get(path) !== indexes.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    for (const each of group) open.delete(each);
    if (group.length > 1) groups.push(group);
  }

  for (const path of graph.keys()) if (!indexes.has(path)) visit(path);
  return groups.map(([first = '']) => [first, ...(findPath(graph, filesOf(first), (path) => path === first) ?? [])]);
}
