import { CommandError } from '@holdfast/terminal/report';
import { ask } from '../planes/ask.ts';

/** The signing key as the data plane holds it: not what the database says of it. */
export async function signingKeyOf(dataUrl: string): Promise<{ signingKey: string; fingerprint: string }> {
  const { status, text } = await ask(`${dataUrl}/signing-key`, AbortSignal.timeout(3_000));
  if (status !== 200) throw new CommandError(`The data plane at ${dataUrl} does not show its signing key (${status}).`);
  return JSON.parse(text) as { signingKey: string; fingerprint: string };
}
