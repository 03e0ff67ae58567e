import {
  createTrigger,
  EXPIRY_RULE,
  expiryInstant,
  HOOK_SIGNATURES,
  listTriggers,
  TRIGGER_KINDS,
  type Trigger,
  type TriggerKind,
  type TriggerSettingsBody,
  updateTrigger,
  type Workflow,
} from '@holdfast/api';
import { Group, Input, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../../api/problem.ts';
import { readersZone } from '../../../api/readers-zone.ts';
import { CheckedForm } from '../../../forms/checked-form.tsx';
import { expiryDay, expiryOfDay } from '../../../forms/expiry-day.ts';
import { SecretPicker } from '../../../forms/secret-picker.tsx';
import { DialogEnd } from '../../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../../ui/form-dialog.tsx';
import { notifyDone } from '../../../ui/notify.ts';
import { ShownOnce } from '../../../ui/shown-once.tsx';
import { KIND_WORDS, kindsFor, SIGNATURE_WORDS, TOKEN_SHOWN_ONCE } from './trigger-words.ts';

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
  /** Empty: the usual one of the kind. */
  maximumMebibytes: number | '';
  perMinute: number;
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
    maximumMebibytes: '',
    perMinute: 60,
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
    maximumMebibytes: 'maximumBytes' in settings ? settings.maximumBytes / MEBIBYTE : '',
    expiresAt: expiryDay(expiryOf(trigger)),
  };
}

function expiryOf(trigger: Trigger | undefined): string | null {
  return trigger?.settings.kind === 'upload' ? trigger.settings.expiresAt : null;
}

function settingsOf(values: Values, former: Trigger | undefined): TriggerSettingsBody {
  const { kind, expression, timeZone, missed, missedHours, everyMinutes, signature, secretName, documentName, expiresAt } = values;
  const { maximumMebibytes, perMinute } = values;
  const limits = { perMinute, ...(maximumMebibytes !== '' && { maximumBytes: Math.round(maximumMebibytes * MEBIBYTE) }) };
  switch (kind) {
    case 'cron':
      return { kind, expression, timeZone, missed, missedHours };
    case 'poll':
      return { kind, everyMinutes };
    case 'webhook':
      return { kind, signature, secretName, documentName, ...limits };
    case 'upload':
      return { kind, expiresAt: expiryOfDay(expiresAt, expiryOf(former)), ...limits };
  }
}

const MEBIBYTE = 1024 * 1024;
/** Fields of the form that the server calls otherwise. */
const FIELD_OF: Readonly<Record<string, string>> = { 'settings.maximumBytes': 'maximumMebibytes' };

const zones = () => [...new Set(['UTC', readersZone(), ...Intl.supportedValuesOf('timeZone')])];

function TriggerForm({
  workflow,
  trigger: latest,
  close,
}: Omit<TriggerDialogProps, 'opened' | 'trigger'> & { trigger: Trigger | undefined }) {
  const create = useCommand(createTrigger, [listTriggers]);
  const update = useCommand(updateTrigger, [listTriggers]);
  /** What the form was filled from. */
  const [trigger] = useState(latest);
  const [token, setToken] = useState<string>();
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm<Values>({
    initialValues: initialOf(trigger, workflow.sources),
    validate: {
      name: (name) => (name.trim() === '' ? 'Give it a name.' : null),
      secretName: (name, { kind }) => (kind === 'webhook' && name === '' ? 'Choose the secret that requests are signed with.' : null),
      expression: (text, { kind }) =>
        kind === 'cron' && text.trim().split(/\s+/).length !== 5 ? 'Write five fields, for example 30 6 * * 1-5.' : null,
      expiresAt: (day) => (day !== '' && expiryInstant(day) === undefined ? EXPIRY_RULE : null),
    },
  });
  useFilled(token === undefined ? form.isDirty() : TOKEN_SHOWN_ONCE);
  const { kind } = form.values;
  const fitting = kindsFor(workflow.sources);

  async function submit(values: Values) {
    setProblem(undefined);
    const params = { workflow: workflow.id };
    const body = { name: values.name.trim(), settings: settingsOf(values, trigger) };
    try {
      if (trigger !== undefined) {
        // What was not changed here may have been by somebody else since. Settings are sent as a whole.
        const changes = {
          ...(form.isDirty('name') && { name: body.name }),
          ...(Object.keys(values).some((field) => field !== 'name' && form.isDirty(field)) && { settings: body.settings }),
        };
        if (Object.keys(changes).length === 0) return close();
        await update.mutateAsync({ params: { ...params, trigger: trigger.id }, body: changes });
        notifyDone(`${body.name} is saved.`);
        close();
        return;
      }
      const made = await create.mutateAsync({ params, body });
      notifyDone(`${made.name} is added.`);
      if (made.token === null) close();
      else setToken(made.token);
    } catch (error) {
      const setError = (field: string, text: string) => form.setFieldError(FIELD_OF[field] ?? field.replace(/^settings\./, ''), text);
      setProblem(
        spreadProblem(error, ['name', ...Object.keys(FIELD_OF), ...Object.keys(values).map((name) => `settings.${name}`)], setError),
      );
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
            <Input.Wrapper
              component="div"
              label="Signing secret"
              description="The organization secret that sender and Holdfast share."
              required
            >
              <SecretPicker
                projectId={workflow.project.id}
                addSecret={undefined}
                askForSecret={undefined}
                option="signingSecret"
                label="Signing secret"
                choice={{ source: 'organization-secret', secretName: form.values.secretName || null, state: 'ok' }}
                disabled={false}
                error={typeof form.errors.secretName === 'string' ? form.errors.secretName : undefined}
                onChoose={({ secretName }) => form.setFieldValue('secretName', secretName ?? '')}
              />
            </Input.Wrapper>
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
        {kind === 'webhook' || kind === 'upload' ? (
          <Group grow align="flex-start">
            <NumberInput
              label="Largest document (MiB)"
              description={kind === 'webhook' ? 'Empty: 1. At most 5.' : 'Empty: 100. At most 1,024.'}
              min={0}
              max={kind === 'webhook' ? 5 : 1024}
              {...form.getInputProps('maximumMebibytes')}
            />
            <NumberInput label="Runs in a minute" description="More are refused." min={1} max={600} {...form.getInputProps('perMinute')} />
          </Group>
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
