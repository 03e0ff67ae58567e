import { prepareUse } from '../tests/measurements/use.ts';
import { type Comparison, compare } from './measure.ts';

const CALLERS = 64;

/** A use from the look-up to the outcome on the record, everything but the service that the value is sent to. */
export async function measureUse(): Promise<Comparison[]> {
  await using measured = await prepareUse();
  const floor = 'read, open, two plain inserts';
  return [
    await compare('use end to end, one after the other', measured.use, floor, measured.floor),
    await compare(`use end to end, ${CALLERS} callers, one organization`, measured.use, floor, measured.floor, { concurrency: CALLERS }),
  ];
}
