/**
 * A round-robin queue for something of which there is little. The organizations that have something waiting
 * take turns, however much each of them has.
 */
export interface FairQueue<T> {
  /** Behind what its organization has waiting. */
  add(organizationId: string, waiting: T): void;
  /**
   * Takes what has waited longest of the organization whose turn it is, which then is the last to have
   * another.
   *
   * @param may by default every organization; one that may not keeps its turn.
   */
  next(may?: (organizationId: string) => boolean): { readonly organizationId: string; readonly waiting: T } | undefined;
  /** Whether it was still waiting. */
  remove(organizationId: string, waiting: T): boolean;
  /** All that waits, and then does no more. */
  clear(): T[];
}

export function createFairQueue<T>(): FairQueue<T> {
  /** By organization; the first has the next turn. No line is empty. */
  const lines = new Map<string, T[]>();
  return {
    add(organizationId, waiting) {
      const line = lines.get(organizationId);
      if (line === undefined) lines.set(organizationId, [waiting]);
      else line.push(waiting);
    },
    next(may = () => true) {
      for (const [organizationId, line] of lines) {
        if (!may(organizationId)) continue;
        const waiting = line.shift() as T;
        lines.delete(organizationId);
        if (line.length > 0) lines.set(organizationId, line);
        return { organizationId, waiting };
      }
      return undefined;
    },
    remove(organizationId, waiting) {
      const line = lines.get(organizationId);
      const place = line?.indexOf(waiting) ?? -1;
      if (line === undefined || place < 0) return false;
      line.splice(place, 1);
      if (line.length === 0) lines.delete(organizationId);
      return true;
    },
    clear() {
      const all = [...lines.values()].flat();
      lines.clear();
      return all;
    },
  };
}
