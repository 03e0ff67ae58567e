import type { Project } from '@holdfast/api';
import { Button, Skeleton } from '@mantine/core';
import { useState } from 'react';
import { fileOfExample } from '../../../examples/bodies.ts';
import type { Example } from '../../../examples/index.ts';
import { notifyProblem } from '../../ui/notify.ts';
import { Placeholder } from '../../ui/placeholder.tsx';
import { loadYaml, type YamlPart } from '../workflows/yaml/load-yaml.ts';
import { YamlPanel } from '../workflows/yaml/yaml-panel.tsx';
import type { ExampleValues } from './example-values.ts';

const TEXTS = import.meta.glob<string>('../../../examples/*/workflow.yaml', { query: '?raw', import: 'default' });

/** The workflow of an example as a file, with its comments. */
export async function yamlOf({ name }: Example): Promise<string | undefined> {
  return TEXTS[`../../../examples/${name}/workflow.yaml`]?.();
}

/** What is going to be made, as YAML. */
export function ExampleYaml({ example, values, project }: { example: Example; values: ExampleValues; project: Project }) {
  const [loaded, setLoaded] = useState<{ readonly part: YamlPart; readonly text: string | undefined }>();
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <Button
        size="compact-sm"
        variant="default"
        mt="xs"
        onClick={() => {
          setAsked(true);
          Promise.all([loadYaml(), yamlOf(example)]).then(
            ([part, text]) => setLoaded({ part, text }),
            (error: unknown) => {
              setAsked(false);
              notifyProblem(error);
            },
          );
        }}
      >
        Show as YAML
      </Button>
    );
  }
  if (loaded === undefined) {
    return (
      <Placeholder>
        <Skeleton height={220} mt="xs" radius="lg" />
      </Placeholder>
    );
  }
  const file = { ...fileOfExample(example, values.names), project: project.name, name: values.workflowName.trim() };
  const text = loaded.part.writeWorkflowFile(file, loaded.text);
  return (
    <YamlPanel
      name={values.workflowName}
      label="YAML of the example"
      hint="What is going to be made. Afterwards you edit it on the page of the workflow, as a form or as YAML."
      text={text}
      toDownload={() => text}
    />
  );
}
