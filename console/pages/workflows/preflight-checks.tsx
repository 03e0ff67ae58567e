import {
  type Answer,
  ERROR_CODES,
  isErrorCode,
  type Preflight,
  type PreflightCheck,
  type preflightWorkflow,
  type Workflow,
} from '@holdfast/api';
import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { AlertIcon, CheckIcon } from '@primer/octicons-react';
import { useEffect, useRef } from 'react';
import type { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf } from '../../api/problem.ts';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { millisecondsInWords } from '../runs/run-words.ts';
import classes from './preflight-checks.module.css';

interface PreflightChecksProps {
  workflow: Workflow;
  preflight: ReturnType<typeof useCommand<typeof preflightWorkflow>>;
  /** What it found, as long as that is about the workflow as it is. */
  found: Answer<typeof preflightWorkflow> | undefined;
  /** Asked by itself, once for each revision: it was just saved, or documents are chosen for a run. */
  unasked: boolean;
}

/** Finds out, without a run, whether one would fail, and why. */
export function PreflightChecks({ workflow, preflight, found, unasked }: PreflightChecksProps) {
  const { mutate } = preflight;
  const asked = useRef<number>(undefined);
  const known = found !== undefined;
  useEffect(() => {
    if (!unasked || known || asked.current === workflow.revision) return;
    asked.current = workflow.revision;
    mutate({ params: { workflow: workflow.id } });
  }, [unasked, known, mutate, workflow.id, workflow.revision]);
  return (
    <section aria-label="Preflight" className={classes.checks}>
      <Group gap="sm" align="center">
        <Button variant="default" loading={preflight.isPending} onClick={() => mutate({ params: { workflow: workflow.id } })}>
          Check without running
        </Button>
        <Text size="sm" c="dimmed">
          Asks each service whether it accepts the credentials. No document is read or sent.
        </Text>
      </Group>
      <div role="status" aria-live="polite">
        {preflight.isPending ? (
          <Notice tone="quiet" icon={<Loader size={14} color="gray" />}>
            Asking the services…
          </Notice>
        ) : null}
        {preflight.isError && !preflight.isPending ? (
          <Notice tone="bad" icon={<AlertIcon size={16} />}>
            <b>{problemOf(preflight.error).title}.</b> {problemOf(preflight.error).detail} {problemOf(preflight.error).remedy}
          </Notice>
        ) : null}
        {found === undefined || preflight.isPending ? null : <Found found={found} workflow={workflow} />}
      </div>
    </section>
  );
}

/** Of what runs use; a draft beside it is checked by itself. */
function Found({ found, workflow }: { found: Answer<typeof preflightWorkflow>; workflow: Workflow }) {
  const { version } = workflow;
  if (version === null) {
    return (
      <FoundOf of={found} workflow={workflow} passed="The draft can run once it is published." failed="A run of the draft would fail" />
    );
  }
  if (found.draft === null) return <FoundOf of={found} workflow={workflow} passed="A run can start." failed="A run would fail" />;
  const used = `A run of version ${version.number}`;
  return (
    <Stack gap="xs">
      <FoundOf of={found} workflow={workflow} passed={`${used} can start.`} failed={`${used} would fail`} />
      <FoundOf
        of={found.draft}
        workflow={workflow}
        passed="The draft can run once it is published."
        failed="Once it is published, a run of the draft would fail"
      />
    </Stack>
  );
}

interface FoundOfProps {
  of: Preflight;
  workflow: Workflow;
  passed: string;
  failed: string;
}

function FoundOf({ of: { passed: all, checks }, workflow, passed, failed }: FoundOfProps) {
  const count = checks.filter((check) => !check.passed).length;
  return (
    <Notice tone={all ? 'good' : 'bad'} icon={all ? <CheckIcon size={16} /> : <AlertIcon size={16} />}>
      <b>{all ? passed : `${failed}: ${count} of ${checks.length} checks failed.`}</b>
      <ul className={classes.list}>
        {checks.map((check) => (
          <li key={check.component?.id ?? `folder ${check.folder}`} data-passed={check.passed}>
            <CheckWords check={check} workflow={workflow} />
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function CheckWords({ check, workflow }: { check: PreflightCheck; workflow: Workflow }) {
  const { component, folder, passed, detail, failure, milliseconds } = check;
  const title = failure !== null && isErrorCode(failure.code) ? ERROR_CODES[failure.code].title : '';
  return (
    <>
      <span aria-hidden className={classes.mark}>
        {passed ? <CheckIcon size={14} /> : <AlertIcon size={14} />}
      </span>
      <div>
        <b>{component === null ? `Folder “${folder}”` : <ComponentLink component={component} project={workflow.project.id} />}</b>
        {passed ? ' is ready. ' : `: ${title}. `}
        {detail} {failure?.remedy}
        {milliseconds === null ? null : <span className={classes.time}> It took {millisecondsInWords(milliseconds)}.</span>}
      </div>
    </>
  );
}

function ComponentLink({ component, project }: { component: { id: string; name: string }; project: string }) {
  const organization = useOrganization();
  if (!organization.may('components:read')) return component.name;
  return (
    <TextLink
      size="sm"
      underline="always"
      to="/organizations/$organization/projects/$project/components/$component"
      params={{ organization: organization.slug, project, component: component.id }}
    >
      {component.name}
    </TextLink>
  );
}
