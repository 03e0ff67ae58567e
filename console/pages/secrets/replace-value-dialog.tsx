import { getSecret, putSecret, relativeTime, type Secret } from '@holdfast/api';
import { Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { client } from '../../api/client.ts';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { useSealedDraft } from '../../sealing/sealed-draft.ts';
import { SealingPromise } from '../../sealing/sealing-promise.tsx';
import { fetchSealingKey, sealingFault, useSealingKey } from '../../sealing/use-sealing-key.ts';
import { ValueField, type ValueFieldHandle } from '../../sealing/value-field.tsx';
import { DialogEnd } from '../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { useSubmission } from '../../ui/use-submission.ts';
import { CHANGED_WITH_SECRET } from './changed-with-secret.ts';
import { ExpiryInput } from './metadata-fields.tsx';
import { changesOf, destinationsFault, expiresAtOf, type MetadataValues, metadataValuesOf } from './metadata-values.ts';
import { placesWords } from './secret-words.ts';

/** With a new value the secret is to work again: a date that is past is not kept unless it is entered. */
function offeredFor(secret: Secret): MetadataValues {
  return { ...metadataValuesOf(secret), ...(secret.state === 'expired' ? { expiresOn: '' } : {}) };
}

/** A new value for a secret that exists; what uses it takes the new value at its next use. */
export function ReplaceValueDialog({ secret, close }: { secret: Secret | undefined; close: () => void }) {
  return (
    <FormDialog opened={secret !== undefined} close={close} title="Replace the value">
      {(done) => (secret === undefined ? null : <ReplaceValueForm secret={secret} close={done} />)}
    </FormDialog>
  );
}

function ReplaceValueForm({ secret: latest, close }: { secret: Secret; close: () => void }) {
  // As it was when the form was filled from it: what others change meanwhile is nothing that this form sends.
  const [secret, setSecret] = useState(latest);
  const organization = useOrganization();
  const sealingKey = useSealingKey();
  const put = useCommand(putSecret, CHANGED_WITH_SECRET);
  const valueField = useRef<ValueFieldHandle>(null);
  const formElement = useRef<HTMLFormElement>(null);
  const draft = useSealedDraft(valueField);
  const offered = offeredFor(secret);
  const [metadata, setMetadata] = useState(offered);
  const [problem, setProblem] = useState<ShownProblem>();
  const submission = useSubmission();
  const [typed, setTyped] = useState(false);
  const destinationsError = destinationsFault(metadata.destinations);
  useEffect(() => draft.discard, [draft.discard]);
  const typedMetadata = {
    ...(metadata.expiresOn !== offered.expiresOn && { expiresOn: metadata.expiresOn }),
    ...(metadata.destinations.join() !== offered.destinations.join() && { destinations: metadata.destinations }),
  };
  useFilled(typed || draft.sealed || Object.keys(typedMetadata).length > 0);

  async function replace(signal: AbortSignal) {
    setProblem(undefined);
    if (sealingFault(sealingKey) !== undefined || destinationsError !== undefined) return void draft.check();
    const envelope = await draft.take({
      // As it is now: the dialog may have been open while it was rotated.
      key: () => fetchSealingKey(organization, signal),
      kind: 'secret-value',
      secretId: secret.id,
      destinations: metadata.destinations,
      signal,
    });
    if (envelope === undefined) return;
    try {
      await put.mutateAsync({
        params: { name: secret.name },
        body: { envelope, ...changesOf(metadata, secret) },
        headers: { 'if-match': secret.currentVersionId },
        signal,
      });
    } catch (error) {
      if (problemOf(error).code !== 'precondition_failed') throw error;
      return takeUpReplacement(problemOf(error), signal);
    }
    notifyDone(`${secret.name} has a new value.`);
    if (!signal.aborted) close();
  }

  /**
   * Another value came first: who gave it is said, what was entered stays, and the next press replaces that
   * one.
   */
  async function takeUpReplacement(refusal: ShownProblem, signal: AbortSignal) {
    const now = await client.call(getSecret, { params: { organization: organization.slug, name: secret.name }, signal });
    setSecret(now);
    setMetadata({ ...offeredFor(now), ...typedMetadata });
    const isAnother = now.id !== secret.id;
    if (isAnother) draft.askAgain('secret');
    setProblem({
      ...refusal,
      ...(isAnother
        ? {
            title: 'The secret was deleted and added again meanwhile',
            detail: `${now.createdBy.name} added it ${relativeTime(now.createdAt)}.`,
            remedy: 'Your value was sealed for the former one. Enter it once more, and press Replace.',
          }
        : {
            title: 'The value was replaced meanwhile',
            detail: `${now.replacedBy?.name ?? 'Somebody'} replaced it ${relativeTime(now.replacedAt ?? now.createdAt)}.`,
            remedy: 'Yours is kept here, sealed. Press Replace again to put it in the place of that one.',
          }),
    });
  }

  function show(error: unknown) {
    if (problemOf(error).code === 'sealing_key_stale') {
      void sealingKey.refetch();
      draft.askAgain();
    } else setProblem(problemOf(error));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void submission.run(replace, show);
  }

  return (
    <form ref={formElement} onSubmit={submit} noValidate autoComplete="off">
      <Text c="dimmed" size="sm" mb="sm">
        {secret.usedBy === 0 ? (
          'Nothing uses it yet.'
        ) : (
          <>Used by {placesWords(secret.usedBy)}: each takes the new value at its next use.</>
        )}{' '}
        The former value is destroyed.
        {secret.obtainUrl === null ? null : (
          <>
            {' '}
            <a className="link" href={secret.obtainUrl} target="_blank" rel="noreferrer noopener">
              Get a new one
            </a>
            .
          </>
        )}
      </Text>
      <Stack gap="sm">
        <TextInput label="Name" value={secret.name} readOnly classNames={{ input: 'mono' }} />
        <ValueField
          ref={valueField}
          name={secret.name}
          label="New value"
          autoFocus
          error={draft.error}
          onInput={() => {
            draft.clearError();
            setTyped(valueField.current?.read() !== '');
          }}
          onSubmit={() => formElement.current?.requestSubmit()}
          hint={draft.sealed ? 'Sealed, and no longer in this page.' : 'Paste or type it; several lines are fine. It shows as dots.'}
        />
        {secret.destinations.length === 0 ? null : (
          <TagsInput
            label="Destinations"
            description="They are sealed with the value: the new one may be sent to these only."
            splitChars={[',', ' ']}
            acceptValueOnBlur
            value={metadata.destinations}
            onChange={(destinations) => setMetadata({ ...metadata, destinations })}
            error={destinationsError}
          />
        )}
        {secret.expiresAt === null ? null : (
          <ExpiryInput
            expiresAt={expiresAtOf(metadata, secret)}
            value={metadata.expiresOn}
            onChange={(event) => setMetadata({ ...metadata, expiresOn: event.currentTarget.value })}
          />
        )}
        <SealingPromise sealingKey={sealingKey} />
      </Stack>
      <DialogEnd problem={problem} close={close} loading={submission.busy} disabled={sealingFault(sealingKey) !== undefined}>
        Replace
      </DialogEnd>
    </form>
  );
}
