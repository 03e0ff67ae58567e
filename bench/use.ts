import { prepareUse } from '../tests/measurements/use.ts';
import { useFloor } from './floors/use.ts';
import { type Comparison, compare } from './measure.ts';

const CALLERS = 64;

/**
 * A use from the look-up to the outcome on the record, everything but the service that the value is sent to.
 */
export async function measureUse(): Promise<Comparison[]> {
  await using measured = await prepareUse();
  await using floor = await useFloor(measured.facts.databaseUrl, measured.facts);
  const says = 'coalesced read, native open, two plain inserts in groups';
  return [
    await compare('use end to end, one after the other', measured.use, says, floor.use),
    await compare(`use end to end, ${CALLERS} callers, one organization`, measured.use, says, floor.use, { concurrency: CALLERS }),
  ];
}
