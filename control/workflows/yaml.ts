import { credentialIn } from '@holdfast/configuration/credential-in';
import { invalid } from '@holdfast/endpoints';

/**
 * Of a workflow as somebody wrote it. What reads it says line and column; here it is only kept from being
 * stored.
 *
 * @throws HoldfastError `invalid_request` when what looks like a credential stands in it.
 */
export function requireNoCredential(yaml: string | null | undefined): void {
  const found = yaml == null ? undefined : credentialIn(yaml);
  if (found === undefined) return;
  throw invalid(
    [{ field: 'yaml', detail: `It holds what looks like ${found.words}.` }],
    'Put it into a secret, let a component use that, and take it out of the text.',
  );
}
