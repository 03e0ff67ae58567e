import { setTimeout as sleep } from 'node:timers/promises';
import { listDescendants } from '../../harness/processes.ts';
import type { Needle } from './marker.ts';
import { type Finding, searchArgumentsOf } from './search.ts';

/** What was found until now in arguments and environments; ends with its scope. */
export interface WatchedArguments extends AsyncDisposable {
  readonly findings: readonly Finding[];
}

/** Arguments live only as long as their process, so they are looked at again and again. */
export function watchArguments(needles: readonly Needle[], pid: number, everyMilliseconds = 50): WatchedArguments {
  const findings: Finding[] = [];
  let going = true;
  const done = (async () => {
    while (going) {
      findings.push(...listDescendants(pid).flatMap((each) => searchArgumentsOf(needles, each)));
      await sleep(everyMilliseconds);
    }
  })();
  return {
    findings,
    async [Symbol.asyncDispose]() {
      going = false;
      await done;
    },
  };
}
