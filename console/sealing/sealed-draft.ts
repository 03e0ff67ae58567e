import type { EnvelopeBody } from '@holdfast/api';
import { checkValue, uuidv7, type ValueKind } from '@holdfast/envelope';
import { seal, type VerifiedSealingKey } from '@holdfast/seal';
import { type RefObject, useCallback, useRef, useState } from 'react';
import type { ValueFieldHandle } from './value-field.tsx';

interface Draft {
  envelope: EnvelopeBody;
  destinations: string;
}

interface SealRequest {
  /** Asked for when the value is about to be sealed, and not when an envelope is sent again. */
  key: VerifiedSealingKey | (() => Promise<VerifiedSealingKey>);
  kind: ValueKind;
  /** Of the secret whose value is replaced; left out for a new one. */
  secretId?: string;
  destinations: readonly string[];
  /** Aborted when the form is left: nothing is sealed from then on. */
  signal?: AbortSignal;
}

/**
 * Seals what stands in a value field, and empties the field at once. When the server then refuses the rest of
 * the form (the name is taken), the envelope is kept and sent again, so that the value need not be typed
 * twice nor stay in the page.
 */
export function useSealedDraft(field: RefObject<ValueFieldHandle | null>) {
  const draft = useRef<Draft>(undefined);
  const [sealed, setSealed] = useState(false);
  const [error, setError] = useState<string>();

  const discard = useCallback(() => {
    draft.current = undefined;
    setSealed(false);
    setError(undefined);
    field.current?.clear();
  }, [field]);

  /** Shows beside the field why it cannot be sealed as it stands. */
  const check = useCallback(() => {
    const value = field.current?.read() ?? '';
    const refusal =
      value === '' && draft.current !== undefined ? undefined : checkValue(value).find(({ severity }) => severity === 'refuse')?.message;
    setError(refusal);
    return refusal === undefined;
  }, [field]);

  /**
   * The envelope to send; `undefined` when the field has no acceptable value, which is then said beside it.
   *
   * @throws AbortError when the form was left meanwhile.
   */
  const take = useCallback(
    async ({ key, kind, secretId, destinations, signal }: SealRequest): Promise<EnvelopeBody | undefined> => {
      const taken = await field.current?.settled();
      signal?.throwIfAborted();
      if (taken === false || !check()) return undefined;
      const written = JSON.stringify(destinations);
      const value = field.current?.read() ?? '';
      if (value === '') {
        if (draft.current?.destinations === written) return draft.current.envelope;
        setError('The destinations are sealed with the value: enter the value once more.');
        return undefined;
      }
      const sealingKey = typeof key === 'function' ? await key() : key;
      signal?.throwIfAborted();
      const envelope = await seal(sealingKey, {
        secretId: secretId ?? uuidv7(),
        kind,
        value,
        // Without any, those that the value itself names are sealed with it.
        ...(destinations.length === 0 ? {} : { destinations }),
      });
      signal?.throwIfAborted();
      draft.current = { envelope, destinations: written };
      field.current?.clear();
      setSealed(true);
      return envelope;
    },
    [check, field],
  );

  /**
   * After what it was sealed for, the key or the secret, was replaced by another one: only the value itself
   * can be sealed again.
   */
  const askAgain = useCallback(
    (replaced: 'sealing key' | 'secret' = 'sealing key') => {
      draft.current = undefined;
      setSealed(false);
      setError(`The ${replaced} was replaced meanwhile. Enter the value once more.`);
      field.current?.focus();
    },
    [field],
  );

  return { take, check, discard, askAgain, sealed, error, clearError: () => setError(undefined) };
}
