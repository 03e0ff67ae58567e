import { deleteSecret, getSecretReplacement, listSecretBindings, type Secret } from '@holdfast/api';
import { Loader, Radio, Stack, Text, TextInput } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import { type FormEvent, useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { isUnreadable, problemOf, type ShownProblem } from '../../api/problem.ts';
import { DialogEnd } from '../../ui/dialog-end.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { BindingList } from './binding-list.tsx';
import { CHANGED_WITH_DELETED_SECRET } from './changed-with-secret.ts';
import { ReplacedDestinations } from './replaced-destinations.tsx';
import { ReplacementPicker } from './replacement-picker.tsx';

interface DeleteSecretDialogProps {
  secret: Pick<Secret, 'name'> | undefined;
  close: () => void;
  deleted?: () => void;
}

/**
 * Shows what uses the secret, and deletes it for good when its name was typed, or hands its places to another
 * secret.
 */
export function DeleteSecretDialog({ secret, close, deleted }: DeleteSecretDialogProps) {
  return (
    <FormDialog opened={secret !== undefined} close={close} title="Delete secret">
      {(done) => (secret === undefined ? null : <DeleteSecretForm name={secret.name} close={done} deleted={deleted} />)}
    </FormDialog>
  );
}

/** What happens to the places that use the secret. */
type Consequence = 'break' | 'replace';

function DeleteSecretForm({ name, close, deleted }: { name: string; close: () => boolean; deleted: (() => void) | undefined }) {
  const bindings = useEndpoint(listSecretBindings, { params: { name }, query: { limit: 50 } }, { staleTime: 0 });
  const remove = useCommand(deleteSecret, CHANGED_WITH_DELETED_SECRET);
  const [typed, setTyped] = useState('');
  const [consequence, setConsequence] = useState<Consequence | null>(null);
  const [replacement, setReplacement] = useState<string | null>(null);
  const [problem, setProblem] = useState<ShownProblem>();
  const replacing = consequence === 'replace' && replacement !== null;
  const sent = useEndpoint(
    getSecretReplacement,
    { params: { name }, query: { replaceWith: replacement ?? name, limit: 50 } },
    { enabled: replacing, staleTime: 0 },
  );
  useFilled(typed !== '' || replacement !== null);
  if (isUnreadable(bindings)) return <ErrorState what="What uses the secret" error={bindings.error} retry={() => bindings.refetch()} />;
  if (bindings.data === undefined) return <Loader size="sm" role="status" aria-label="Looking up what uses it" />;
  const used = bindings.data.total > 0;
  const decided = !used || consequence === 'break' || (replacing && sent.data !== undefined);
  const ready = typed === name && decided;
  const places = bindings.data.total === 1 ? '1 place' : `${bindings.data.total.toLocaleString()} places`;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!ready) return;
    setProblem(undefined);
    // What the reader has not seen is not confirmed: a place that began to use the secret meanwhile stops the
    // deletion.
    const query = !used ? {} : consequence === 'replace' && replacement !== null ? { replaceWith: replacement } : { confirm: name };
    try {
      await remove.mutateAsync({ params: { name }, query });
      notifyDone(used && consequence === 'replace' ? `${name} is deleted. What used it uses ${replacement} now.` : `${name} is deleted.`);
      if (close()) deleted?.();
    } catch (error) {
      setProblem(problemOf(error));
      void bindings.refetch();
      if (replacing) void sent.refetch();
    }
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          <Text span className="mono">
            {name}
          </Text>{' '}
          and every version of its value are destroyed for good. The audit keeps its name.
        </Text>
        {used ? (
          <>
            <Notice tone="bad" icon={<AlertIcon size={16} />}>
              Used in {places}.
            </Notice>
            <BindingList bindings={bindings.data.items} total={bindings.data.total} />
            <Radio.Group
              label="What happens to them?"
              required
              value={consequence}
              onChange={(value) => setConsequence(value as Consequence)}
            >
              <Stack gap={6} mt={6}>
                <Radio
                  value="break"
                  label="They break"
                  description="Their next run fails before anything is sent, and says which secret is missing."
                />
                <Radio value="replace" label="They use another secret" description="All of them are changed in the same step." />
              </Stack>
            </Radio.Group>
            {consequence === 'replace' ? (
              <ReplacementPicker label="Use instead" except={name} value={replacement} onChange={setReplacement} />
            ) : null}
            {replacing ? <ReplacedDestinations replacement={replacement} read={sent} /> : null}
          </>
        ) : (
          <Text size="sm" c="dimmed">
            Nothing uses it.
          </Text>
        )}
        <TextInput
          // Not data-autofocus: the field appears only when what uses the secret was looked up.
          autoFocus
          label={
            <>
              Type{' '}
              <Text span className="mono">
                {name}
              </Text>{' '}
              to confirm
            </>
          }
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
      </Stack>
      <DialogEnd problem={problem} close={close} color="red.7" disabled={!ready} loading={remove.isPending}>
        {labelOf(used ? consequence : undefined, places, replacement)}
      </DialogEnd>
    </form>
  );
}

/** What the button does, in its own words. */
function labelOf(consequence: Consequence | null | undefined, places: string, replacement: string | null): string {
  if (consequence === 'break') return `Delete and break ${places}`;
  if (consequence === 'replace') return replacement === null ? 'Delete and use another' : `Delete and use ${replacement}`;
  return 'Delete';
}
