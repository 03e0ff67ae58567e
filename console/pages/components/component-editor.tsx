import { type Component, type ComponentType, createComponent, getComponent, type Project, updateComponent } from '@holdfast/api';
import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf } from '../../api/problem.ts';
import { ConfigurationForm, type Submission } from '../../forms/configuration-form.tsx';
import { sealOwnValues } from '../../forms/own-values.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { useSubmission } from '../../ui/use-submission.ts';
import { WorkflowLinks } from '../projects/workflow-links.tsx';
import { BrokenComponent } from './broken-component.tsx';
import { CHANGED_WITH_COMPONENT } from './changed-with-component.ts';
import { ComponentConflict } from './component-conflict.tsx';
import { componentProblems, NO_PROBLEMS } from './component-problems.ts';
import { DeleteComponent } from './delete-component.tsx';
import { TestResult } from './test-result.tsx';
import { UnapprovedDestinations } from './unapproved-destinations.tsx';
import { useConnectionTest } from './use-connection-test.ts';
import { useSecretDialogs } from './use-secret-dialogs.tsx';

interface ComponentEditorProps {
  project: Project;
  type: ComponentType;
  /** `undefined` while it is being made. */
  component: Component | undefined;
  breadcrumbs: ReactNode;
  chooseAnotherType: (() => void) | undefined;
}

const FORM_ID = 'component-form';

/** The form of a component, with saving, testing and deleting. */
export function ComponentEditor({ project, type, component: latest, breadcrumbs, chooseAnotherType }: ComponentEditorProps) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const mayWrite = organization.may('components:write');
  const create = useCommand(createComponent, CHANGED_WITH_COMPONENT);
  const update = useCommand(updateComponent, [...CHANGED_WITH_COMPONENT, getComponent]);
  const [dirty, setDirty] = useState(false);
  const [component, setBase] = useBase(latest, dirty);
  /** `undefined` while nothing is typed: then the field shows what is saved, also when others save it. */
  const [typedName, setTypedName] = useState<string>();
  const name = typedName ?? component?.name ?? type.title;
  const queries = useQueryClient();
  const saving = useSubmission();
  /** What somebody has saved since the form was filled; what is being saved here is no such thing. */
  const newer =
    !saving.busy && component !== undefined && latest !== undefined && latest.revision > component.revision ? latest : undefined;
  const [refusals, setRefusals] = useState(0);
  /** The revision that the reader has seen and writes over, by the one press that says so. */
  const over = useRef<number>(undefined);
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const connection = useConnectionTest(project, type, component);
  const secrets = useSecretDialogs(project, type, component);
  const submittedTo = useRef<'save' | 'test'>('save');
  const chooser = useRef<(option: string, secretName: string) => void>(null);
  const nameField = useRef<HTMLInputElement>(null);
  const [discards, setDiscards] = useState(0);
  const warning = useUnsavedWarning(dirty && mayWrite);
  /** Its values are to be entered once more: said when the fields can be reached again. */
  const [stale, setStale] = useState<Submission>();
  useEffect(() => {
    for (const option of stale?.typedOptions ?? []) stale?.handles.get(option)?.askAgain();
  }, [stale]);

  async function submit(submission: Submission) {
    const to = submittedTo.current;
    const revision = over.current ?? component?.revision;
    submittedTo.current = 'save';
    over.current = undefined;
    if (to === 'save' && !nameIsValid()) return;
    setProblems(NO_PROBLEMS);
    const error = await (to === 'save' ? save(submission, revision) : connection.testForm(submission, name));
    if (error === undefined) return;
    if (problemOf(error).code === 'sealing_key_stale') setStale(submission);
    else setProblems(componentProblems(error, type));
  }

  /** Answers what kept it from being saved. */
  async function save(submission: Submission, revision: number | undefined): Promise<unknown> {
    let failure: unknown;
    connection.forget();
    await saving.run(
      (signal) => send(submission, revision, signal),
      (error) => {
        failure = error;
      },
    );
    return failure;
  }

  async function send(submission: Submission, revision: number | undefined, signal: AbortSignal): Promise<void> {
    const { configuration, typedOptions, plainOptions, handles } = submission;
    const sealedOptions = await sealOwnValues(organization, handles, typedOptions, signal);
    if (sealedOptions === undefined) return;
    const body = { name: name.trim(), configuration, sealedOptions, plainOptions };
    const saved =
      component === undefined || revision === undefined
        ? await create.mutateAsync({ params: { project: project.id }, body: { ...body, type: type.type }, signal })
        : await update
            .mutateAsync({ params: { project: project.id, component: component.id }, body: { ...body, revision }, signal })
            .catch(async (error: unknown) => {
              if (problemOf(error).code === 'precondition_failed') await readNewer();
              throw error;
            });
    if (component !== undefined) {
      setBase(saved);
      setRefusals(0);
      setTypedName(undefined);
    }
    setDirty(false);
    warning.allow();
    notifyDone(`${saved.name} is saved.`);
    // Who left the form meanwhile is somewhere else on purpose.
    if (component !== undefined || signal.aborted) return;
    await navigate({
      to: '/organizations/$organization/projects/$project/components/$component',
      params: { organization: organization.slug, project: project.id, component: saved.id },
      replace: true,
    });
  }

  /** What somebody else has saved is shown above the buttons. */
  async function readNewer() {
    await queries.invalidateQueries({ queryKey: [getComponent.id] });
    setRefusals((count) => count + 1);
  }

  function saveOver({ revision }: Component) {
    over.current = revision;
    submittedTo.current = 'save';
    submitForm();
  }

  function submitForm() {
    (document.getElementById(FORM_ID) as HTMLFormElement | null)?.requestSubmit();
  }

  function nameIsValid(): boolean {
    const wrong = name.trim() === '' ? 'Enter a name.' : name.trim().length > 120 ? 'At most 120 characters.' : undefined;
    setProblems((before) => ({ ...before, name: wrong }));
    if (wrong !== undefined) nameField.current?.focus();
    return wrong === undefined;
  }

  async function leave() {
    warning.allow();
    await navigate({
      to: '/organizations/$organization/projects/$project',
      params: { organization: organization.slug, project: project.id },
    });
  }

  /** Back to what is saved; of a new component nothing is. */
  async function cancel() {
    if (component === undefined) return leave();
    setTypedName(undefined);
    setProblems(NO_PROBLEMS);
    connection.forget();
    setDiscards((count) => count + 1);
    setRefusals(0);
    setDirty(false);
  }

  function pressTest() {
    if (component !== undefined && !dirty) return void connection.testSaved(component);
    submittedTo.current = 'test';
    submitForm();
  }

  return (
    <Page
      title={component?.name ?? `New ${type.title}`}
      description={
        <>
          {type.description}{' '}
          {component === undefined ? null : (
            <>
              Changed <RelativeTime time={component.updatedAt} /> by {component.updatedBy.name}.
            </>
          )}
        </>
      }
      breadcrumbs={breadcrumbs}
      actions={component === undefined || !mayWrite ? null : <DeleteComponent project={project} component={component} deleted={leave} />}
    >
      <Stack maw={720} gap="md">
        {/* What would be typed while it is saved would be in nothing that is sent, and gone afterwards. */}
        <Stack gap="md" inert={saving.busy}>
          {component?.broken ? (
            <BrokenComponent
              component={component}
              choose={(option, secretName) => chooser.current?.(option, secretName)}
              unchanged={!dirty}
            />
          ) : null}
          {component === undefined ? null : <UnapprovedDestinations component={component} />}
          <TextInput
            ref={nameField}
            label="Name"
            required
            autoComplete="off"
            maxLength={120}
            value={name}
            error={problems.name}
            readOnly={!mayWrite}
            onChange={(event) => {
              setTypedName(event.currentTarget.value);
              setProblems((before) => ({ ...before, name: undefined }));
              setDirty(true);
            }}
          />
          <ConfigurationForm
            // After saving, and after Cancel, the form is drawn from what is saved.
            key={`${component?.revision ?? 'new'} ${discards}`}
            id={FORM_ID}
            type={type}
            component={component}
            projectId={project.id}
            readOnly={!mayWrite}
            problems={problems.options}
            addSecret={secrets.addSecret}
            askForSecret={secrets.askForSecret}
            onChange={() => {
              setDirty(true);
              setProblems((before) => ({ ...before, elsewhere: undefined }));
              connection.forget();
            }}
            chooser={chooser}
            onInvalid={() => {
              if (submittedTo.current === 'save') nameIsValid();
              submittedTo.current = 'save';
              over.current = undefined;
            }}
            onSubmit={submit}
          />
        </Stack>
        <FormProblem problem={newer !== undefined && problems.elsewhere?.code === 'precondition_failed' ? undefined : problems.elsewhere} />
        {newer === undefined || component === undefined ? null : (
          <ComponentConflict
            key={`${newer.revision} ${refusals}`}
            type={type}
            base={component}
            now={newer}
            refused={refusals > 0}
            saveMine={() => saveOver(newer)}
          />
        )}
        <TestResult test={connection.test} />
        {component === undefined ? <AnotherType choose={chooseAnotherType} /> : <UsedBy component={component} />}
        <FormFooter
          beside={
            organization.may('components:test') ? (
              <Button variant="default" onClick={pressTest} loading={connection.test.state === 'running'} disabled={saving.busy}>
                Test connection
              </Button>
            ) : null
          }
        >
          {mayWrite && (dirty || component === undefined) ? (
            <Button variant="default" onClick={cancel} disabled={saving.busy}>
              Cancel
            </Button>
          ) : null}
          {mayWrite ? (
            <Button
              type="submit"
              form={FORM_ID}
              loading={saving.busy}
              disabled={connection.test.state === 'running' || (component !== undefined && !dirty)}
            >
              {component === undefined ? 'Create' : 'Save'}
            </Button>
          ) : null}
        </FormFooter>
      </Stack>
      {secrets.dialogs}
      {warning.dialog}
    </Page>
  );
}

/**
 * What the form was filled from. While something is changed, a newer version that arrives in the background
 * waits.
 */
function useBase(latest: Component | undefined, dirty: boolean): [Component | undefined, (saved: Component) => void] {
  const [base, setBase] = useState(latest);
  if (!dirty && latest !== undefined && latest !== base && latest.revision >= (base?.revision ?? 0)) setBase(latest);
  return [base, setBase];
}

function AnotherType({ choose }: { choose: (() => void) | undefined }) {
  if (choose === undefined) return null;
  return (
    <div>
      <Button variant="subtle" size="compact-sm" onClick={choose}>
        Choose another type
      </Button>
    </div>
  );
}

function UsedBy({ component }: { component: Component }) {
  if (component.workflows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No workflow uses it yet.
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed">
      Used by <WorkflowLinks component={component} />.
    </Text>
  );
}
