import type { WrittenWorkflow } from '@holdfast/api';
import { fileOf } from '@holdfast/workflow/convert';
import { Skeleton } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ErrorState } from '../../../ui/error-state.tsx';
import { Placeholder } from '../../../ui/placeholder.tsx';
import { loadYaml, type YamlPart } from './load-yaml.ts';
import { YamlPanel } from './yaml-panel.tsx';

/** A saved workflow as YAML, as `holdfast workflow export` writes it: its draft, if there is one. */
export function YamlOfWorkflow({ workflow }: { workflow: WrittenWorkflow }) {
  const [part, setPart] = useState<YamlPart>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    loadYaml().then(setPart, setError);
  }, []);
  if (error !== undefined) return <ErrorState what="The YAML" error={error} />;
  if (part === undefined) {
    return (
      <Placeholder>
        <Skeleton height={220} radius="lg" />
      </Placeholder>
    );
  }
  const file = fileOf(workflow.draft === null ? workflow : { ...workflow, ...workflow.draft });
  const written = (revision: number | undefined) => part.writeWorkflowFile({ ...file, revision }, workflow.yaml ?? undefined);
  return (
    <YamlPanel
      name={workflow.name}
      label="YAML of the workflow"
      hint={
        workflow.draft === null || workflow.version === null
          ? 'Secrets stand in components, and none is here.'
          : 'The draft. Secrets stand in components, and none is here.'
      }
      text={written(undefined)}
      toDownload={() => written(workflow.revision)}
    />
  );
}
