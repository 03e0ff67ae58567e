import type { EnvelopeBody } from '@holdfast/api';
import type { VerifiedSealingKey } from '@holdfast/seal';
import { fetchSealingKey } from '../sealing/use-sealing-key.ts';

/** The input of one option, as far as the form may use it: it can have the value sealed, not read it. */
export interface OwnValueHandle {
  /** `undefined` when the value cannot be sealed; the input then says why. */
  seal: (key: VerifiedSealingKey) => Promise<EnvelopeBody | undefined>;
  /** What is typed, for a dialog that seals it as another secret; empty when it is sealed already. */
  read: () => string;
  /** Puts a text in, as if it were typed. */
  fill: (text: string) => void;
  /** The server refused the key; only the person who knows the value can seal it again. */
  askAgain: () => void;
}

/** The inputs that are shown, by option. */
export type OwnValueHandles = Map<string, OwnValueHandle>;

/**
 * Seals what was typed into the named options, as the component's own values. Each is sealed with the
 * destinations that it names itself, so that it can be sent nowhere else. Answers `undefined` when one of
 * them says that it cannot be sealed.
 *
 * @param signal of the form: nothing is sealed any more once it is left, and the promise rejects.
 */
export async function sealOwnValues(
  organization: { id: string; slug: string },
  handles: OwnValueHandles,
  options: readonly string[],
  signal: AbortSignal,
): Promise<Record<string, EnvelopeBody> | undefined> {
  const sealedOptions: Record<string, EnvelopeBody> = {};
  if (options.length === 0) return sealedOptions;
  const key = await fetchSealingKey(organization, signal);
  for (const option of options) {
    const envelope = await handles.get(option)?.seal(key);
    signal.throwIfAborted();
    if (envelope === undefined) return undefined;
    sealedOptions[option] = envelope;
  }
  return sealedOptions;
}
