import {
  createTrigger,
  HOOK_SIGNATURES,
  listSecretNames,
  listTriggers,
  TRIGGER_KINDS,
  type Trigger,
  type TriggerKind,
  type TriggerSettingsBody,
  updateTrigger,
  type Workflow,
} from '@holdfast/api';
import { NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../../api/problem.ts';
import { CheckedForm } from '../../../forms/checked-form.tsx';
import { DialogEnd } from '../../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../../ui/form-dialog.tsx';
import { notifyDone } from '../../../ui/notify.ts';
import { ShownOnce } from '../../../ui/shown-once.tsx';
import { KIND_WORDS, kindsFor, readersZone, SIGNATURE_WORDS, TOKEN_SHOWN_ONCE } from './trigger-words.ts';

interface TriggerDialogProps {
  workflow: Pick<Workflow, 'id' | 'name' | 'project' | 'sources'>;
  /** Left out: a new one. */
  trigger?: Trigger;
  opened: boolean;
  close: () => void;
}

/** Adds a trigger, or changes one. The token of an upload address is shown once. */
export function TriggerDialog({ workflow, trigger, opened, close }: TriggerDialogProps) {
  return (
    <FormDialog opened={opened} close={close} title={trigger === undefined ? 'New trigger' : `Edit ${trigger.name}`}>
      {(done) => <TriggerForm workflow={workflow} trigger={trigger} close={done} />}
    </FormDialog>
  );
}

interface Values {
  name: string;
  kind: TriggerKind;
  expression: string;
  timeZone: string;
  missed: 'once' | 'skip';
  missedHours: number;
  everyMinutes: number;
  signature: (typeof HOOK_SIGNATURES)[number];
  secretName: string;
  documentName: string;
  expiresAt: string;
}

function initialOf(trigger: Trigger | undefined, sources: Workflow['sources']): Values {
  const fresh: Values = {
    name: '',
    kind: kindsFor(sources)[0] ?? 'upload',
    expression: '0 6 * * 1-5',
    timeZone: readersZone(),
    missed: 'once',
    missedHours: 24,
    everyMinutes: 15,
    signature: 'holdfast',
    secretName: '',
    documentName: '{time}-{delivery}',
    expiresAt: '',
  };
  if (trigger === undefined) return fresh;
  const { settings, name } = trigger;
  const { kind, ...known } = settings;
  return {
    ...fresh,
    ...known,
    name,
    kind,
    secretName: settings.kind === 'webhook' ? (settings.secretName ?? '') : '',
    expiresAt: settings.kind === 'upload' ? (settings.expiresAt?.slice(0, 10) ?? '') : '',
  };
}

/** What is sent; numbers that the form does not show stay as they are. */
function settingsOf(values: Values, trigger: Trigger | undefined): TriggerSettingsBody {
  const { kind, expression, timeZone, missed, missedHours, everyMinutes, signature, secretName, documentName, expiresAt } = values;
  const kept = trigger?.settings;
  switch (kind) {
    case 'cron':
      return { kind, expression, timeZone, missed, missedHours };
    case 'poll':
      return { kind, everyMinutes };
    case 'webhook':
      return {
        kind,
        signature,
        secretName,
        documentName,
        ...(kept?.kind === kind && { maximumBytes: kept.maximumBytes, perMinute: kept.perMinute }),
      };
    case 'upload':
      return {
        kind,
        expiresAt: expiresAt === '' ? null : expiresAt,
        ...(kept?.kind === kind && { maximumBytes: kept.maximumBytes, perMinute: kept.perMinute }),
      };
  }
}

const zones = () => [...new Set(['UTC', readersZone(), ...Intl.supportedValuesOf('timeZone')])];

function TriggerForm({ workflow, trigger, close }: Omit<TriggerDialogProps, 'opened' | 'trigger'> & { trigger: Trigger | undefined }) {
  const create = useCommand(createTrigger, [listTriggers]);
  const update = useCommand(updateTrigger, [listTriggers]);
  const [token, setToken] = useState<string>();
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm<Values>({
    initialValues: initialOf(trigger, workflow.sources),
    validate: {
      name: (name) => (name.trim() === '' ? 'Give it a name.' : null),
      secretName: (name, { kind }) => (kind === 'webhook' && name === '' ? 'Choose the secret that requests are signed with.' : null),
      expression: (text, { kind }) =>
        kind === 'cron' && text.trim().split(/\s+/).length !== 5 ? 'Write five fields, for example 30 6 * * 1-5.' : null,
    },
  });
  useFilled(token === undefined ? form.isDirty() : TOKEN_SHOWN_ONCE);
  const { kind } = form.values;
  const fitting = kindsFor(workflow.sources);
  const names = useEndpoint(
    listSecretNames,
    { params: { project: workflow.project.id }, query: { limit: 200 } },
    { enabled: kind === 'webhook' },
  );

  async function submit(values: Values) {
    setProblem(undefined);
    const params = { workflow: workflow.id };
    const body = { name: values.name.trim(), settings: settingsOf(values, trigger) };
    try {
      if (trigger !== undefined) {
        await update.mutateAsync({ params: { ...params, trigger: trigger.id }, body });
        notifyDone(`${body.name} is saved.`);
        close();
        return;
      }
      const made = await create.mutateAsync({ params, body });
      notifyDone(`${made.name} is added.`);
      if (made.token === null) close();
      else setToken(made.token);
    } catch (error) {
      const setError = (field: string, text: string) => form.setFieldError(field.replace(/^settings\./, ''), text);
      setProblem(spreadProblem(error, ['name', ...Object.keys(values).map((name) => `settings.${name}`)], setError));
    }
  }

  if (token !== undefined) {
    return (
      <ShownOnce label="Token" text={token} done={close}>
        Senders of files need it, as a bearer token: curl -H "Authorization: Bearer …" -F file=@invoice.pdf and the address.
      </ShownOnce>
    );
  }
  return (
    <CheckedForm form={form} submit={submit}>
      <Stack gap="sm">
        <Select
          label="What starts it"
          description={KIND_WORDS[kind].what}
          allowDeselect={false}
          disabled={trigger !== undefined}
          data={TRIGGER_KINDS.map((value) => ({
            value,
            label: fitting.includes(value) ? KIND_WORDS[value].name : `${KIND_WORDS[value].name} (${KIND_WORDS[value].needs})`,
            disabled: !fitting.includes(value),
          }))}
          {...form.getInputProps('kind')}
        />
        <TextInput label="Name" required data-autofocus autoComplete="off" {...form.getInputProps('name')} />
        {kind === 'cron' ? (
          <>
            <TextInput
              label="Schedule"
              description="Minute, hour, day of the month, month, day of the week. 0 6 * * 1-5 is six o’clock from Monday to Friday."
              required
              classNames={{ input: 'mono' }}
              {...form.getInputProps('expression')}
            />
            <Select label="Time zone" searchable allowDeselect={false} limit={50} data={zones()} {...form.getInputProps('timeZone')} />
            <Select
              label="Times that were missed"
              description="When no data plane ran at the time."
              allowDeselect={false}
              data={[
                { value: 'once', label: 'Start one run for all of them' },
                { value: 'skip', label: 'Leave them out' },
              ]}
              {...form.getInputProps('missed')}
            />
            {form.values.missed === 'once' ? (
              <NumberInput label="Not when missed longer ago than (hours)" min={1} max={720} {...form.getInputProps('missedHours')} />
            ) : null}
          </>
        ) : null}
        {kind === 'poll' ? <NumberInput label="Ask every (minutes)" min={1} max={1440} {...form.getInputProps('everyMinutes')} /> : null}
        {kind === 'webhook' ? (
          <>
            <Select
              label="Signing secret"
              description="The organization secret that sender and Holdfast share."
              searchable
              required
              nothingFoundMessage="No secret of this name that the project may use"
              data={names.data?.items.map(({ name }) => name) ?? (form.values.secretName === '' ? [] : [form.values.secretName])}
              {...form.getInputProps('secretName')}
            />
            <Select
              label="Signed as"
              allowDeselect={false}
              data={HOOK_SIGNATURES.map((value) => ({ value, label: SIGNATURE_WORDS[value] }))}
              {...form.getInputProps('signature')}
            />
            <TextInput
              label="Name of the document"
              description="{time} and {delivery} are filled in; an extension comes from the content type."
              {...form.getInputProps('documentName')}
            />
          </>
        ) : null}
        {kind === 'upload' ? (
          <TextInput
            label="Token ends after"
            description="Empty: when you replace it or delete the trigger. The day is over at midnight UTC."
            type="date"
            {...form.getInputProps('expiresAt')}
          />
        ) : null}
        {kind === 'upload' && trigger === undefined ? (
          <Text size="sm" c="dimmed">
            The token is shown once, when you have saved.
          </Text>
        ) : null}
      </Stack>
      <DialogEnd problem={problem} close={close} loading={create.isPending || update.isPending}>
        {trigger === undefined ? 'Add trigger' : 'Save'}
      </DialogEnd>
    </CheckedForm>
  );
}
