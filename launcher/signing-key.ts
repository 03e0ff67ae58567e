import { CommandError } from '@holdfast/terminal/report';

/** The signing key as the data plane holds it: not what the database says of it. */
export async function signingKeyOf(dataUrl: string): Promise<{ signingKey: string; fingerprint: string }> {
  const answer = await fetch(`${dataUrl}/signing-key`, { signal: AbortSignal.timeout(3_000) });
  if (!answer.ok) throw new CommandError(`The data plane at ${dataUrl} does not show its signing key (${answer.status}).`);
  return (await answer.json()) as { signingKey: string; fingerprint: string };
}
