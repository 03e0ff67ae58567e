import { getOverview, getSecret, listAudit, listSecrets, type Secret, updateSecret } from '@holdfast/api';
import { Button } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { MetadataFields, type MetadataValues, metadataBodyOf, metadataValuesOf, validateMetadata } from './metadata-fields.tsx';

/** Changes what is known about a secret; its value stays as it is. */
export function MetadataDialog({ secret, close }: { secret: Secret | undefined; close: () => void }) {
  return (
    <FormDialog opened={secret !== undefined} close={close} title="Edit details">
      {(done) => (secret === undefined ? null : <MetadataForm secret={secret} close={done} />)}
    </FormDialog>
  );
}

function MetadataForm({ secret, close }: { secret: Secret; close: () => void }) {
  const update = useCommand(updateSecret, [listSecrets, getSecret, getOverview, listAudit]);
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm<MetadataValues>({ initialValues: metadataValuesOf(secret), validate: validateMetadata });
  useFilled(form.isDirty());

  async function submit(values: MetadataValues) {
    setProblem(undefined);
    try {
      await update.mutateAsync({ params: { name: secret.name }, body: metadataBodyOf(values) });
      notifyDone(`Details of ${secret.name} are saved.`);
      close();
    } catch (error) {
      setProblem(spreadProblem(error, Object.keys(values), form.setFieldError));
    }
  }

  return (
    <CheckedForm form={form} submit={submit}>
      <MetadataFields form={form} />
      <FormProblem problem={problem} />
      <FormFooter>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" loading={update.isPending}>
          Save
        </Button>
      </FormFooter>
    </CheckedForm>
  );
}
