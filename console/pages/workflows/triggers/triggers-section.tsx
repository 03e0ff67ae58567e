import { deleteTrigger, listTriggers, replaceTriggerToken, type Trigger, updateTrigger, type Workflow } from '@holdfast/api';
import { Button, Code, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../../api/endpoint-hooks.ts';
import { useOrganization } from '../../../api/organization.ts';
import { readersZone } from '../../../api/readers-zone.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { FormDialog, useFilled } from '../../../ui/form-dialog.tsx';
import { LazyDialog } from '../../../ui/lazy-dialog.tsx';
import { TextLink } from '../../../ui/links.tsx';
import { notifyDone, notifyProblem } from '../../../ui/notify.ts';
import { Placeholder } from '../../../ui/placeholder.tsx';
import { RelativeTime } from '../../../ui/relative-time.tsx';
import { ShownOnce } from '../../../ui/shown-once.tsx';
import { Tag } from '../../../ui/tag.tsx';
import { WhenRead } from '../../../ui/when-read.tsx';
import { KIND_WORDS, outcomeInWords, settingsInWords, TOKEN_SHOWN_ONCE, timeIn } from './trigger-words.ts';
import classes from './triggers-section.module.css';

const REFRESH_MILLISECONDS = 15_000;
const loadDialog = () => import('./trigger-dialog.tsx').then((module) => module.TriggerDialog);

/** What starts runs of a workflow by itself; part of the page of the workflow. */
export function TriggersSection({ workflow }: { workflow: Pick<Workflow, 'id' | 'name' | 'project' | 'sources'> }) {
  const organization = useOrganization();
  const triggers = useEndpoint(listTriggers, { params: { workflow: workflow.id } }, { refetchInterval: REFRESH_MILLISECONDS });
  const [adding, setAdding] = useState(false);
  const mayWrite = organization.may('workflows:write');
  return (
    <section aria-labelledby="triggers">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="triggers">
          Triggers
        </Title>
        {mayWrite ? (
          <Button variant="default" size="compact-md" onClick={() => setAdding(true)}>
            Add trigger
          </Button>
        ) : null}
      </Group>
      <WhenRead what="The triggers" of={triggers}>
        {triggers.data === undefined ? (
          <Placeholder>
            <Skeleton height={72} radius="lg" />
          </Placeholder>
        ) : triggers.data.items.length === 0 ? (
          <Text c="dimmed" size="sm">
            Nothing starts it by itself: people do. A schedule, a webhook, new documents or an upload address can.
          </Text>
        ) : (
          <ul className={classes.list}>
            {triggers.data.items.map((trigger) => (
              <li key={trigger.id} className={classes.trigger}>
                <TriggerCard workflow={workflow} trigger={trigger} mayWrite={mayWrite} />
              </li>
            ))}
          </ul>
        )}
      </WhenRead>
      <LazyDialog load={loadDialog} opened={adding} props={{ workflow, opened: adding, close: () => setAdding(false) }} />
    </section>
  );
}

interface CardProps {
  workflow: Pick<Workflow, 'id' | 'name' | 'project' | 'sources'>;
  trigger: Trigger;
  mayWrite: boolean;
}

function TriggerCard({ workflow, trigger, mayWrite }: CardProps) {
  const { name, enabled, settings, address, broken } = trigger;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Text fw={600}>{name}</Text>
        <Tag>{KIND_WORDS[settings.kind].name}</Tag>
        {enabled ? null : <Tag tone="warn">paused</Tag>}
        {broken === null ? null : <Tag tone="bad">broken</Tag>}
      </Group>
      <Text size="sm" c="dimmed" className={classes.words}>
        {settingsInWords(trigger)}
      </Text>
      {broken === null ? null : (
        <Text size="sm">
          {broken.detail} {broken.remedy}
        </Text>
      )}
      {address === null ? null : (
        <Group gap={4} wrap="nowrap">
          <Code className={classes.address}>POST {address}</Code>
          <CopyButton value={address} what="the address" />
        </Group>
      )}
      <Last trigger={trigger} />
      <NextTimes trigger={trigger} />
      {mayWrite ? <Actions workflow={workflow} trigger={trigger} /> : null}
    </Stack>
  );
}

function Last({ trigger: { last, failures } }: { trigger: Trigger }) {
  const { slug } = useOrganization();
  if (last === null) {
    return (
      <Text size="sm" c="dimmed">
        It has started nothing yet.
      </Text>
    );
  }
  return (
    <Text size="sm">
      Last: <RelativeTime time={last.at} />, {outcomeInWords(last)}
      {last.run === null ? null : (
        <>
          {' · '}
          <TextLink to="/organizations/$organization/runs/$run" params={{ organization: slug, run: last.run.id }}>
            run {last.run.number}
          </TextLink>{' '}
          ({last.run.status})
        </>
      )}
      {last.failure === null ? null : `. ${last.failure.detail} ${last.failure.remedy}`}
      {failures > 1 ? ` It failed ${failures} times in a row, so it is tried less often.` : null}
    </Text>
  );
}

/** In the reader's clock, and in that of the schedule where it is another. */
function NextTimes({ trigger: { nextTimes, settings } }: { trigger: Trigger }) {
  if (nextTimes.length === 0) return null;
  const zone = settings.kind === 'cron' ? settings.timeZone : readersZone();
  const same = zone === readersZone();
  return (
    <details className={classes.next}>
      <summary>
        Next: {timeIn(nextTimes[0] ?? '')}
        {same ? '' : ` (${timeIn(nextTimes[0] ?? '', zone)} in ${zone})`}
      </summary>
      <ul>
        {nextTimes.slice(1).map((time) => (
          <li key={time}>
            {timeIn(time)}
            {same ? '' : ` (${timeIn(time, zone)} in ${zone})`}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Actions({ workflow, trigger }: Omit<CardProps, 'mayWrite'>) {
  const params = { workflow: workflow.id, trigger: trigger.id };
  const update = useCommand(updateTrigger, [listTriggers]);
  const remove = useCommand(deleteTrigger, [listTriggers]);
  const replace = useCommand(replaceTriggerToken, [listTriggers]);
  const [asked, setAsked] = useState<'delete' | 'token' | 'edit'>();
  const [token, setToken] = useState<string>();
  const close = () => setAsked(undefined);
  // A page may have many of these buttons: each is called by what it is for.
  const of = (verb: string) => `${verb}: ${trigger.name}`;

  async function toggle() {
    try {
      await update.mutateAsync({ params, body: { enabled: !trigger.enabled } });
      notifyDone(`${trigger.name} is ${trigger.enabled ? 'paused' : 'resumed'}.`);
    } catch (error) {
      notifyProblem(error);
    }
  }

  return (
    <Group gap="xs" mt={4}>
      <Button
        variant="default"
        size="compact-sm"
        loading={update.isPending}
        onClick={toggle}
        aria-label={of(trigger.enabled ? 'Pause' : 'Resume')}
      >
        {trigger.enabled ? 'Pause' : 'Resume'}
      </Button>
      <Button variant="default" size="compact-sm" onClick={() => setAsked('edit')} aria-label={of('Edit')}>
        Edit
      </Button>
      {trigger.settings.kind === 'upload' ? (
        <Button variant="default" size="compact-sm" onClick={() => setAsked('token')} aria-label={of('New token')}>
          New token
        </Button>
      ) : null}
      <Button variant="default" size="compact-sm" onClick={() => setAsked('delete')} aria-label={of('Delete')}>
        Delete
      </Button>
      <LazyDialog load={loadDialog} opened={asked === 'edit'} props={{ workflow, trigger, opened: asked === 'edit', close }} />
      <ConfirmDialog
        opened={asked === 'delete'}
        close={close}
        title={`Delete ${trigger.name}?`}
        confirmLabel="Delete"
        confirm={async () => {
          await remove.mutateAsync({ params });
          notifyDone(`${trigger.name} is deleted.`);
        }}
      >
        <Text size="sm">It starts nothing any more, from now on. Runs that it started stay.</Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={asked === 'token'}
        close={close}
        title={`A new token for ${trigger.name}?`}
        confirmLabel="Replace token"
        confirm={async () => {
          setToken((await replace.mutateAsync({ params })).token ?? undefined);
          // It keeps the answer otherwise, for as long as the page is shown.
          replace.reset();
        }}
      >
        <Text size="sm">The former one ends at once; its users are refused until they have the new one.</Text>
      </ConfirmDialog>
      <FormDialog opened={token !== undefined} close={() => setToken(undefined)} title="New token">
        {(done) => <NewToken token={token ?? ''} done={done} />}
      </FormDialog>
    </Group>
  );
}

function NewToken({ token, done }: { token: string; done: () => void }) {
  useFilled(TOKEN_SHOWN_ONCE);
  return (
    <ShownOnce label="Token" text={token} done={done}>
      Send it as a bearer token with each upload.
    </ShownOnce>
  );
}
