import { getOverview, getSecret, listAudit, listSecrets, type Secret, updateSecret } from '@holdfast/api';
import { Button, Group, Modal } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { MetadataFields, type MetadataValues, metadataBodyOf, metadataValuesOf, validateMetadata } from './metadata-fields.tsx';

/** Changes what is known about a secret; its value stays as it is. */
export function MetadataDialog({ secret, close }: { secret: Secret | undefined; close: () => void }) {
  return (
    <Modal opened={secret !== undefined} onClose={close} title="Edit details">
      {secret === undefined ? null : <MetadataForm secret={secret} close={close} />}
    </Modal>
  );
}

function MetadataForm({ secret, close }: { secret: Secret; close: () => void }) {
  const update = useCommand(updateSecret, [listSecrets, getSecret, getOverview, listAudit]);
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm<MetadataValues>({ initialValues: metadataValuesOf(secret), validate: validateMetadata });
  const submit = form.onSubmit(async (values) => {
    setProblem(undefined);
    try {
      await update.mutateAsync({ params: { name: secret.name }, body: metadataBodyOf(values) });
      notifyDone(`Details of ${secret.name} are saved.`);
      close();
    } catch (error) {
      setProblem(spreadProblem(error, Object.keys(values), form.setFieldError));
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <MetadataFields form={form} />
      <FormProblem problem={problem} />
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" loading={update.isPending}>
          Save
        </Button>
      </Group>
    </form>
  );
}
