import { throwFirst } from './all-settled.ts';

interface Part {
  stop(): Promise<unknown>;
}

/** Parts that stop at the same time: a slow one keeps no other from stopping. */
export interface PartsTogether extends AsyncDisposable {
  add<Started extends Part>(part: Started): Started;
  /** Rejects with why the first of them failed, once all have come to their end. */
  stop(): Promise<void>;
}

export function createPartsTogether(): PartsTogether {
  const parts: Part[] = [];
  const stop = async () => {
    throwFirst(await Promise.allSettled(parts.splice(0).map(async (part) => part.stop())));
  };
  return {
    add(part) {
      parts.push(part);
      return part;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
