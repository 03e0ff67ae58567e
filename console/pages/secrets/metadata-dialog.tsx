import { getSecret, metadataOf, type Secret, updateSecret } from '@holdfast/api';
import { Button } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { CHANGED_WITH_SECRET } from './changed-with-secret.ts';
import { MetadataFields } from './metadata-fields.tsx';
import { changesOf, type MetadataValues, metadataValuesOf, rebase, validateMetadata } from './metadata-values.ts';

/** Changes what is known about a secret; its value stays as it is. */
export function MetadataDialog({ secret, close }: { secret: Secret | undefined; close: () => void }) {
  return (
    <FormDialog opened={secret !== undefined} close={close} title={`Edit ${secret?.name ?? ''}`}>
      {(done) => (secret === undefined ? null : <MetadataForm secret={secret} close={done} />)}
    </FormDialog>
  );
}

function MetadataForm({ secret, close }: { secret: Secret; close: () => void }) {
  const { slug } = useOrganization();
  // What the form was filled from: the secret of the page goes on changing while one types.
  const [base, setBase] = useState(secret);
  const update = useCommand(updateSecret, CHANGED_WITH_SECRET);
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm<MetadataValues>({ initialValues: metadataValuesOf(secret), validate: validateMetadata });
  useFilled(form.isDirty());

  async function submit(values: MetadataValues) {
    setProblem(undefined);
    try {
      const changes = changesOf(values, base);
      const { scope, expiresAt, destinations } = metadataOf(base);
      await update.mutateAsync({
        params: { name: base.name },
        // Saved as it is, the policy is stated on the record once more.
        body: Object.keys(changes).length > 0 ? changes : { scope, expiresAt, destinations },
        headers: { 'if-match': String(base.metadataRevision) },
      });
      notifyDone(`Details of ${base.name} are saved.`);
      close();
    } catch (error) {
      if (problemOf(error).code === 'precondition_failed') await takeUpChanges(values, problemOf(error));
      else setProblem(spreadProblem(error, Object.keys(values), form.setFieldError));
    }
  }

  /**
   * Others have saved meanwhile: their changes are shown, what was typed here stays, and saving again says
   * what is meant.
   */
  async function takeUpChanges(values: MetadataValues, refusal: ShownProblem) {
    try {
      const now = await client.call(getSecret, { params: { organization: slug, name: base.name } });
      const { values: merged, conflicts } = rebase(values, base, now);
      form.setValues(merged);
      setBase(now);
      for (const field of conflicts) form.setFieldError(field, 'This was changed meanwhile too. Saving replaces what is stored now.');
      const remedy =
        conflicts.length > 0
          ? 'The fields that both of you changed are marked and show yours. Look at them, and save again.'
          : 'The fields show it now. Look at them, and save again.';
      setProblem({ ...refusal, title: 'Somebody else has changed it meanwhile', remedy, fields: new Map() });
    } catch (error) {
      setProblem(problemOf(error));
    }
  }

  return (
    <CheckedForm form={form} submit={submit}>
      {/* Above the fields, which show what others have changed. */}
      <FormProblem problem={problem} />
      <MetadataFields form={form} secret={base} />
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
