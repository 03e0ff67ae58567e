import { type ComponentType, listAudit, listSecretRequests, requestSecret, SECRET_NAME_RULE, secretName } from '@holdfast/api';
import { credentialIn } from '@holdfast/configuration';
import { Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { optionsOf } from '../../forms/form-schema.ts';
import { DialogEnd } from '../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { notifyDone } from '../../ui/notify.ts';

interface RequestSecretDialogProps {
  opened: boolean;
  close: () => void;
  projectId: string;
  type: ComponentType;
  /** `undefined` while the component is not saved. */
  componentId: string | undefined;
  option: string;
  suggestedName: string;
}

/** Ask an admin for a secret: a name and words, and no place for a value. */
export function RequestSecretDialog({ opened, close, ...request }: RequestSecretDialogProps) {
  return (
    <FormDialog opened={opened} close={close} title="Ask for a secret">
      {(done) => <RequestForm close={done} {...request} />}
    </FormDialog>
  );
}

function RequestForm({ close, projectId, type, componentId, option, suggestedName }: Omit<RequestSecretDialogProps, 'opened'>) {
  const ask = useCommand(requestSecret, [listSecretRequests, listAudit]);
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm({
    initialValues: { name: suggestedName, note: '' },
    validateInputOnChange: ['note'],
    validate: {
      name: (name) => (name === '' ? 'Enter a name.' : secretName.safeParse(name).success ? null : SECRET_NAME_RULE),
      note: (note) => {
        const found = credentialIn(note);
        if (found !== undefined) return `This holds what looks like ${found.words}. Say what the secret is for, not what it is.`;
        return note.length > 1_000 ? 'At most 1,000 characters.' : null;
      },
    },
  });
  useFilled(form.isDirty());
  const title = optionsOf(type).find(([name]) => name === option)?.[1].title ?? option;

  async function submit({ name, note }: { name: string; note: string }) {
    setProblem(undefined);
    try {
      await ask.mutateAsync({
        params: { project: projectId },
        body: { name, note, componentType: type.type, option, ...(componentId === undefined ? {} : { componentId }) },
      });
      notifyDone(`Owners and admins are asked for ${name}. It is in the list as soon as one has added it.`);
      close();
    } catch (error) {
      const shown = problemOf(error);
      if (shown.code === 'name_taken') form.setFieldError('name', `${shown.detail} ${shown.remedy}`);
      else setProblem(spreadProblem(error, ['name', 'note'], form.setFieldError));
    }
  }

  return (
    <CheckedForm form={form} submit={submit}>
      <Text c="dimmed" size="sm" mb="sm">
        For “{title}” of {type.title}. An owner or admin puts the value in; this form stays as you filled it.
      </Text>
      <TextInput
        label="Name"
        description={form.errors.name ? undefined : 'As it should be called. Letters, numbers, hyphens and underscores.'}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        required
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('name')}
      />
      <Textarea
        mt="sm"
        label="Note"
        description="What it is for, what it must be able to do, where to get it. Never the value itself: several people read this."
        rows={3}
        resize="vertical"
        {...form.getInputProps('note')}
      />
      <DialogEnd problem={problem} close={close} loading={ask.isPending}>
        Ask
      </DialogEnd>
    </CheckedForm>
  );
}
