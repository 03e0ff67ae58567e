import { type EnvelopeBody, getOverview, listAudit, listSecrets, putSecret } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { parseDotenv } from '@holdfast/sdk';
import { seal } from '@holdfast/seal';
import { Button, Checkbox, Group, Stack, Text, Textarea } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { fetchSealingKey, useSealingKey } from '../../sealing/sealing-key.ts';
import { SealingPromise } from '../../sealing/sealing-promise.tsx';
import maskClasses from '../../sealing/value-field.module.css';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Tag } from '../../ui/tag.tsx';
import classes from './binding-list.module.css';

/** One entry of the pasted file: sealed already, its value gone from the page. */
interface Entry {
  name: string;
  envelope: EnvelopeBody | undefined;
  refusal: string | undefined;
  chosen: boolean;
  state: 'waiting' | 'added' | 'taken';
}

/** Adds many secrets at once from the text of a .env file. */
export function ImportDialog({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <FormDialog opened={opened} close={close} title="Import secrets" size={580}>
      {(done) => <ImportForm close={done} />}
    </FormDialog>
  );
}

function ImportForm({ close }: { close: () => void }) {
  const organization = useOrganization();
  const sealingKey = useSealingKey();
  const put = useCommand(putSecret, [listSecrets, getOverview, listAudit]);
  const field = useRef<HTMLTextAreaElement>(null);
  const [entries, setEntries] = useState<Entry[]>();
  const [error, setError] = useState<string>();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const [typed, setTyped] = useState(false);
  useFilled(entries === undefined ? typed : entries.some((entry) => entry.chosen));

  /** Seals every value at once, and empties the field: from here on only envelopes are held. */
  async function read(event: FormEvent) {
    event.preventDefault();
    const { entries: found, faults } = parseDotenv(field.current?.value ?? '');
    if (faults.length > 0) return setError(faults.map(({ line, message }) => `Line ${line}: ${message}`).join(' '));
    if (found.length === 0) return setError('No line reads NAME=value.');
    if (sealingKey.data === undefined) return;
    setBusy(true);
    try {
      // As it is now: the dialog may have been open while it was rotated.
      const key = await fetchSealingKey(organization);
      const sealed = await Promise.all(
        found.map(async ({ name, value }): Promise<Entry> => {
          const envelope = await seal(key, { secretId: uuidv7(), kind: 'secret-value', value });
          return { name, envelope, refusal: undefined, chosen: true, state: 'waiting' };
        }),
      );
      if (field.current !== null) field.current.value = '';
      setEntries(sealed);
    } catch (failure) {
      setProblem(problemOf(failure));
    } finally {
      setBusy(false);
    }
  }

  async function add(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    let added = 0;
    let taken = 0;
    const mark = (name: string, state: Entry['state']) =>
      setEntries((former) => former?.map((entry) => (entry.name === name ? { ...entry, state, chosen: false } : entry)));
    try {
      for (const { name, envelope, chosen } of entries ?? []) {
        if (!chosen || envelope === undefined) continue;
        try {
          await put.mutateAsync({ params: { name }, body: { envelope }, headers: { 'if-none-match': '*' } });
          mark(name, 'added');
          added += 1;
        } catch (failure) {
          if (!['precondition_failed', 'name_taken'].includes(problemOf(failure).code)) throw failure;
          mark(name, 'taken');
          taken += 1;
        }
      }
      notifyDone(`${added} ${added === 1 ? 'secret is' : 'secrets are'} sealed and stored.`);
      if (taken === 0) close();
    } catch (failure) {
      setProblem(problemOf(failure));
    } finally {
      setBusy(false);
    }
  }

  if (entries === undefined) {
    return (
      <form onSubmit={read} autoComplete="off">
        <Stack gap="sm">
          <Text c="dimmed" size="sm">
            Paste the text of a .env file: one NAME=value a line. Each value is sealed before anything is sent.
          </Text>
          <Textarea
            ref={field}
            label="Lines"
            required
            rows={8}
            data-autofocus
            autoComplete="off"
            autoCorrect="off"
            spellCheck={false}
            data-1p-ignore
            classNames={{ input: maskClasses.dots ?? '' }}
            error={error}
            onInput={(event) => {
              setError(undefined);
              setTyped(event.currentTarget.value !== '');
            }}
          />
          <SealingPromise sealingKey={sealingKey} />
        </Stack>
        <FormProblem problem={problem} />
        <FormFooter>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={sealingKey.isError}>
            Seal and look through
          </Button>
        </FormFooter>
      </form>
    );
  }
  const chosen = entries.filter((entry) => entry.chosen).length;
  return (
    <form onSubmit={add}>
      <Text c="dimmed" size="sm" mb="sm">
        All values are sealed, and gone from this page. Choose which to store.
      </Text>
      <ul className={classes.list}>
        {entries.map((entry) => (
          <li key={entry.name}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Checkbox
                label={<span className="mono">{entry.name}</span>}
                checked={entry.chosen}
                disabled={entry.envelope === undefined || entry.state === 'added'}
                onChange={(event) => {
                  const { checked } = event.currentTarget;
                  setEntries(entries.map((other) => (other === entry ? { ...other, chosen: checked } : other)));
                }}
              />
              <EntryState entry={entry} />
            </Group>
          </li>
        ))}
      </ul>
      <FormProblem problem={problem} />
      <FormFooter>
        <Button variant="default" onClick={close}>
          {entries.some((entry) => entry.state !== 'waiting') ? 'Close' : 'Cancel'}
        </Button>
        <Button type="submit" loading={busy} disabled={chosen === 0}>
          Add {chosen === 1 ? '1 secret' : `${chosen} secrets`}
        </Button>
      </FormFooter>
    </form>
  );
}

function EntryState({ entry }: { entry: Entry }) {
  if (entry.refusal !== undefined) {
    return (
      <Text size="xs" c="var(--holdfast-bad-ink)">
        {entry.refusal}
      </Text>
    );
  }
  if (entry.state === 'added') return <Tag tone="good">added</Tag>;
  if (entry.state === 'taken') return <Tag tone="warn">exists already</Tag>;
  return <Tag>sealed</Tag>;
}
