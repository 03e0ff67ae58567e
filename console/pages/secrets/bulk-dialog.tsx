import { deleteSecret, listMembers, type Secret, updateSecret } from '@holdfast/api';
import { Button, Checkbox, Group, List, Modal, MultiSelect, NativeSelect, Progress, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useAllProjects } from '../../api/all-projects.ts';
import { client } from '../../api/client.ts';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf } from '../../api/problem.ts';
import { CutShort } from '../../ui/cut-short.tsx';
import type { LossQuestion } from '../../ui/form-dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone, notifyFailed } from '../../ui/notify.ts';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { type BulkFailure, type BulkProgress, runBulk } from './bulk-work.ts';
import { CHANGED_WITH_SECRET } from './changed-with-secret.ts';
import { SERVER_PACE } from './pace.ts';
import { placesWords } from './secret-words.ts';

export type BulkAction = 'delete' | 'scope' | 'owner';

interface BulkDialogProps {
  action: BulkAction | undefined;
  secrets: readonly Secret[];
  close: () => void;
  /** Called when all was done, and nothing failed. */
  done: () => void;
}

const LISTED = 12;
const TITLES: Record<BulkAction, string> = { delete: 'Delete secrets', scope: 'Set projects', owner: 'Set owner' };

/** Asked before the page is left while it is at work. */
const LEAVING: Record<'deleted' | 'changed', LossQuestion> = {
  deleted: {
    title: 'Stop deleting?',
    text: 'Secrets that are not deleted yet stay. Those that are deleted are gone.',
    leave: 'Stop and leave',
  },
  changed: {
    title: 'Stop the change?',
    text: 'Secrets that are not changed yet stay as they are.',
    leave: 'Stop and leave',
  },
};

/** The same for many secrets: what it concerns, how far it is, and what failed. */
export function BulkDialog({ action, secrets, close, done }: BulkDialogProps) {
  const [busy, setBusy] = useState(false);
  return (
    <Modal
      opened={action !== undefined}
      onClose={() => {
        // It is stopped by its button, and then says how far it came.
        if (!busy) close();
      }}
      title={action === undefined ? '' : TITLES[action]}
      closeOnClickOutside={false}
    >
      {action === undefined ? null : <BulkForm action={action} secrets={secrets} close={close} done={done} busy={busy} setBusy={setBusy} />}
    </Modal>
  );
}

interface BulkFormProps extends BulkDialogProps {
  action: BulkAction;
  busy: boolean;
  setBusy: (busy: boolean) => void;
}

function BulkForm({ action, secrets, close, done, busy, setBusy }: BulkFormProps) {
  const { slug } = useOrganization();
  const queries = useQueryClient();
  const [alsoUsed, setAlsoUsed] = useState(false);
  const [typed, setTyped] = useState('');
  const [owner, setOwner] = useState('');
  const [everywhere, setEverywhere] = useState(true);
  const [projectIds, setProjectIds] = useState<string[]>([]);
  const [progress, setProgress] = useState<BulkProgress>();
  /** As many as were begun with: the list is read again when they are done, and may be shorter then. */
  const [total, setTotal] = useState(0);
  const stop = useRef(new AbortController());
  const isLeft = useRef(false);
  const verb = action === 'delete' ? 'deleted' : 'changed';
  const warning = useUnsavedWarning(busy, LEAVING[verb]);
  useEffect(() => {
    isLeft.current = false;
    return () => {
      isLeft.current = true;
      stop.current.abort();
    };
  }, []);
  const used = secrets.filter(({ usedBy }) => usedBy > 0);
  const concerned = action === 'delete' && !alsoUsed ? secrets.filter(({ usedBy }) => usedBy === 0) : secrets;
  const phrase = `delete ${concerned.length}`;
  const ready =
    concerned.length > 0 && (action === 'delete' ? typed === phrase : action === 'scope' ? everywhere || projectIds.length > 0 : true);

  const work = ({ name, usedBy }: Secret) => {
    const params = { organization: slug, name };
    if (action === 'delete') return client.call(deleteSecret, { params, query: usedBy > 0 ? { confirm: name } : {} });
    if (action === 'owner') return client.call(updateSecret, { params, body: { ownerId: owner === '' ? null : owner } });
    const scope = everywhere ? ({ kind: 'all-projects' } as const) : ({ kind: 'projects', projectIds } as const);
    return client.call(updateSecret, { params, body: { scope } });
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setTotal(concerned.length);
    stop.current = new AbortController();
    const outcome = await runBulk(concerned, work, {
      ...SERVER_PACE,
      stop: stop.current.signal,
      onProgress: setProgress,
      reasonOf: (error) => problemOf(error).detail,
    });
    setBusy(false);
    await Promise.all(CHANGED_WITH_SECRET.map(({ id }) => queries.invalidateQueries({ queryKey: [id] })));
    if (isLeft.current) {
      notifyDone(`${secretsAre(outcome.done)} ${verb}, of ${concerned.length.toLocaleString()}.`);
      if (outcome.failed.length > 0) notifyFailed(`${secretsAre(outcome.failed.length)} not ${verb}`, reasonsOf(outcome.failed));
      return;
    }
    if (outcome.failed.length > 0 || stop.current.signal.aborted) return;
    notifyDone(`${secretsAre(outcome.done)} ${verb}.`);
    close();
    done();
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {action === 'delete' ? (
          <>
            <Text size="sm">
              {concerned.length.toLocaleString()} {concerned.length === 1 ? 'secret' : 'secrets'} and every version of their values are
              destroyed. This cannot be undone.
            </Text>
            {used.length === 0 ? (
              <Text size="sm" c="dimmed">
                No component uses them.
              </Text>
            ) : (
              <>
                <Notice tone={alsoUsed ? 'bad' : 'warn'}>
                  {used.length.toLocaleString()} of the selected {used.length === 1 ? 'is' : 'are'} in use
                  {alsoUsed ? ', and what uses them stops working:' : ' and are left out:'}
                  <NameList secrets={used} />
                </Notice>
                <Checkbox label="Delete these too" checked={alsoUsed} onChange={(event) => setAlsoUsed(event.currentTarget.checked)} />
              </>
            )}
            <TextInput
              label={
                <>
                  Type <code>{phrase}</code> to confirm
                </>
              }
              autoComplete="off"
              spellCheck={false}
              value={typed}
              disabled={busy}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          </>
        ) : (
          <Text size="sm">
            For {concerned.length.toLocaleString()} {concerned.length === 1 ? 'secret' : 'secrets'}. Changes take effect immediately.
          </Text>
        )}
        {action === 'owner' ? <OwnerChoice value={owner} onChange={setOwner} /> : null}
        {action === 'scope' ? (
          <ScopeChoice everywhere={everywhere} setEverywhere={setEverywhere} projectIds={projectIds} setProjectIds={setProjectIds} />
        ) : null}
        {progress === undefined ? null : <ProgressOf progress={progress} total={total} />}
      </Stack>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={() => (busy ? stop.current.abort() : close())}>
          {busy ? 'Stop' : progress === undefined ? 'Cancel' : 'Close'}
        </Button>
        <Button type="submit" color={action === 'delete' ? 'red.7' : undefined} disabled={!ready} loading={busy}>
          {action === 'delete' ? 'Delete' : 'Save'}
        </Button>
      </Group>
      {warning.dialog}
    </form>
  );
}

const secretsAre = (count: number) => (count === 1 ? '1 secret is' : `${count.toLocaleString()} secrets are`);

/** Of the first few that failed. */
function reasonsOf(failed: readonly BulkFailure[]): string {
  const reasons = failed.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
  const more = failed.length - reasons.length;
  return [...reasons, ...(more > 0 ? [`And ${more.toLocaleString()} more.`] : [])].join(' ');
}

function NameList({ secrets }: { secrets: readonly Secret[] }) {
  return (
    <List size="sm" mt={4} spacing={2}>
      {secrets.slice(0, LISTED).map((secret) => (
        <List.Item key={secret.id}>
          <span className="mono">{secret.name}</span>: {placesWords(secret.usedBy)}
        </List.Item>
      ))}
      {secrets.length > LISTED ? <List.Item>and {(secrets.length - LISTED).toLocaleString()} more</List.Item> : null}
    </List>
  );
}

function OwnerChoice({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const members = useEndpoint(listMembers);
  return (
    <>
      <NativeSelect
        label="Owner"
        description="Whom to ask about these secrets."
        data={[
          { value: '', label: 'No owner' },
          ...(members.data?.items ?? []).map(({ userId, name }) => ({ value: userId, label: name })),
        ]}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <CutShort what="members" of={members} />
    </>
  );
}

interface ScopeChoiceProps {
  everywhere: boolean;
  setEverywhere: (everywhere: boolean) => void;
  projectIds: string[];
  setProjectIds: (ids: string[]) => void;
}

function ScopeChoice({ everywhere, setEverywhere, projectIds, setProjectIds }: ScopeChoiceProps) {
  const projects = useAllProjects();
  return (
    <>
      <Radio.Group label="Who may use them" value={everywhere ? 'all' : 'some'} onChange={(value) => setEverywhere(value === 'all')}>
        <Stack gap={6} mt={6}>
          <Radio value="all" label="All projects" />
          <Radio value="some" label="Only these projects" description="Components of other projects that use them stop working." />
        </Stack>
      </Radio.Group>
      {everywhere ? null : (
        <MultiSelect
          label="Projects"
          searchable
          data={projects.items.map(({ id, name }) => ({ value: id, label: name }))}
          value={projectIds}
          onChange={setProjectIds}
        />
      )}
      {everywhere ? null : <CutShort what="projects" of={projects} />}
    </>
  );
}

function ProgressOf({ progress: { done, failed }, total }: { progress: BulkProgress; total: number }) {
  const finished = done + failed.length;
  return (
    <div aria-live="polite">
      <Progress value={(finished / Math.max(total, 1)) * 100} aria-label="Progress" />
      <Text size="sm" mt={4}>
        {finished.toLocaleString()} of {total.toLocaleString()}
        {failed.length === 0 ? '' : `, ${failed.length.toLocaleString()} failed`}
      </Text>
      {failed.length === 0 ? null : (
        <List size="sm" spacing={2}>
          {failed.slice(0, LISTED).map(({ name, reason }) => (
            <List.Item key={name}>
              <span className="mono">{name}</span>: {reason}
            </List.Item>
          ))}
        </List>
      )}
    </div>
  );
}
