import { getOverview, listAudit, listSecretNames, listSecrets, putSecret, SECRET_NAME_RULE, secretName } from '@holdfast/api';
import { Collapse, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { ChevronRightIcon } from '@primer/octicons-react';
import { useEffect, useRef, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import type { TypedAlready } from '../../forms/sensitive-option-context.ts';
import { useSealedDraft } from '../../sealing/sealed-draft.ts';
import { SealingPromise } from '../../sealing/sealing-promise.tsx';
import { fetchSealingKey, sealingFault, useSealingKey } from '../../sealing/use-sealing-key.ts';
import { ValueField, type ValueFieldHandle } from '../../sealing/value-field.tsx';
import { DialogEnd } from '../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { useSubmission } from '../../ui/use-submission.ts';
import classes from './add-secret-dialog.module.css';
import { MetadataFields } from './metadata-fields.tsx';
import { type MetadataValues, NO_METADATA, newMetadata, validateMetadata } from './metadata-values.ts';

interface AddSecretDialogProps {
  opened: boolean;
  close: () => void;
  /** Filled in already, when a link led here from a place that misses the secret. */
  name?: string;
  /** Filled in already under “More options”, by who knows what the secret is for. */
  metadata?: Partial<MetadataValues>;
  /** Called with the name of the secret that was added, for a form that is to use it at once. */
  added?: (name: string) => void;
  /** The value stands in the form below already, and stays there until it is stored. */
  typed?: TypedAlready | undefined;
}

/** Add Secret: the value is sealed here, and what is sent holds an envelope. */
export function AddSecretDialog({ opened, close, name = '', metadata, added, typed }: AddSecretDialogProps) {
  return (
    <FormDialog opened={opened} close={close} title={typed === undefined ? 'Add Secret' : 'Save as an organization secret'}>
      {(done) => (
        <>
          <Text c="dimmed" size="sm" mb="sm">
            Workflows will use it by name. Nobody will see its value again, you included.
            {typed === undefined ? null : ' Its value is what you typed in the form; the form then names the secret instead.'}
          </Text>
          <AddSecretForm close={done} name={name} metadata={metadata} added={added} typed={typed} />
        </>
      )}
    </FormDialog>
  );
}

type AddSecretFormProps = Pick<AddSecretDialogProps, 'close' | 'metadata' | 'added' | 'typed'> & { name: string };
type NewSecret = MetadataValues & { name: string };

function AddSecretForm({ close, name, metadata: known, added, typed: already }: AddSecretFormProps) {
  const organization = useOrganization();
  const sealingKey = useSealingKey();
  const put = useCommand(putSecret, [listSecrets, listSecretNames, getOverview, listAudit]);
  const valueField = useRef<ValueFieldHandle>(already === undefined ? null : fieldOf(already));
  const draft = useSealedDraft(valueField);
  const [more, { toggle, open: openMore }] = useDisclosure(already !== undefined);
  const [problem, setProblem] = useState<ShownProblem>();
  const submission = useSubmission();
  const [typed, setTyped] = useState(false);
  const formElement = useRef<HTMLFormElement>(null);
  const form = useForm<NewSecret>({
    initialValues: { ...NO_METADATA, ...known, name },
    validate: (values) => {
      const checked = secretName.safeParse(values.name);
      return {
        ...validateMetadata(values),
        ...(checked.success ? {} : { name: values.name === '' ? 'Enter a name.' : SECRET_NAME_RULE }),
      };
    },
  });
  useEffect(() => draft.discard, [draft.discard]);
  useFilled(form.isDirty() || typed || draft.sealed);

  async function add({ name: newName, ...metadata }: NewSecret, signal: AbortSignal) {
    setProblem(undefined);
    if (sealingFault(sealingKey) !== undefined) return void draft.check();
    const envelope = await draft.take({
      // As it is now: the dialog may have been open while it was rotated.
      key: () => fetchSealingKey(organization, signal),
      kind: 'secret-value',
      destinations: metadata.destinations,
      signal,
    });
    if (envelope === undefined) return;
    await put.mutateAsync({
      params: { name: newName },
      body: { envelope, ...newMetadata(metadata) },
      headers: { 'if-none-match': '*' },
      signal,
    });
    notifyDone(`${newName} is sealed and stored.`);
    // Who left the dialog meanwhile did not choose the secret for the form below.
    if (signal.aborted) return;
    already?.clear();
    added?.(newName);
    close();
  }

  function submit(values: NewSecret) {
    return submission.run((signal) => add(values, signal), show);
  }

  function refused(errors: Record<string, unknown>) {
    draft.check();
    if (Object.keys(errors).some((field) => field !== 'name')) openMore();
  }

  function show(error: unknown) {
    const { code } = problemOf(error);
    if (code === 'sealing_key_stale') {
      void sealingKey.refetch();
      draft.askAgain();
    } else if (code === 'precondition_failed' || code === 'name_taken') {
      form.setFieldError('name', 'A secret of this name exists already. Choose another name, or replace the value of that one.');
    } else {
      setProblem(spreadProblem(error, Object.keys(form.values), form.setFieldError));
    }
  }

  return (
    <CheckedForm form={form} submit={submit} refused={refused} formRef={formElement}>
      <TextInput
        label="Name"
        description={form.errors.name ? undefined : 'Letters, numbers, hyphens and underscores.'}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        required
        data-autofocus={name === '' || undefined}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('name')}
      />
      {already === undefined ? (
        <div className={classes.value}>
          <ValueField
            ref={valueField}
            name={form.values.name}
            autoFocus={name !== ''}
            error={draft.error}
            onInput={() => {
              draft.clearError();
              setTyped(valueField.current?.read() !== '');
            }}
            onSubmit={() => formElement.current?.requestSubmit()}
            hint={
              draft.sealed
                ? 'Sealed, and no longer in this page. Type only to seal another value instead.'
                : 'Paste or type it; several lines are fine. It shows as dots.'
            }
          />
        </div>
      ) : draft.error === undefined ? null : (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {draft.error}
        </Text>
      )}
      <UnstyledButton className={classes.more} onClick={toggle} aria-expanded={more} aria-controls="more-options">
        <ChevronRightIcon size={15} className={classes.chevron} data-open={more} />
        More options <span className={classes.what}>description, projects, rotation, destinations</span>
      </UnstyledButton>
      <Collapse expanded={more} id="more-options">
        <MetadataFields form={form} />
      </Collapse>
      <div className={classes.promise}>
        <SealingPromise sealingKey={sealingKey} />
      </div>
      <DialogEnd problem={problem} close={close} loading={submission.busy} disabled={sealingFault(sealingKey) !== undefined}>
        Add
      </DialogEnd>
    </CheckedForm>
  );
}

/** The field of the form below, which this dialog reads and does not empty. */
function fieldOf({ read }: TypedAlready): ValueFieldHandle {
  return { read, settled: async () => true, write: () => {}, clear: () => {}, focus: () => {} };
}
