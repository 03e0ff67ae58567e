import { credentialIn } from '@holdfast/configuration';
import { invalid } from '@holdfast/endpoints';

/**
 * A request is read by several people and kept: what looks like a credential does not belong into its words.
 */
export function refuseCredential(field: string, text: string): void {
  const found = credentialIn(text);
  if (found === undefined) return;
  throw invalid(
    [{ field, detail: `It holds what looks like ${found.words}. It was not kept.` }],
    'Say what the secret is for, not what it is. An admin puts the value in.',
  );
}
