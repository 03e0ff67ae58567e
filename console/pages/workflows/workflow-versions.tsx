import {
  discardWorkflowDraft,
  getWorkflow,
  listWorkflows,
  listWorkflowVersions,
  publishWorkflow,
  restoreWorkflowVersion,
  type Workflow,
  type WorkflowVersion,
} from '@holdfast/api';
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useCommand, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ActButton } from '../../ui/act-button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { WhenRead } from '../../ui/when-read.tsx';

/** Says that a draft waits, and lets it be published or discarded. */
export function DraftNotice({ workflow }: { workflow: Workflow }) {
  const organization = useOrganization();
  const publish = useCommand(publishWorkflow, [getWorkflow, listWorkflows, listWorkflowVersions]);
  const discard = useCommand(discardWorkflowDraft, [getWorkflow, listWorkflows]);
  const { draft, version } = workflow;
  if (draft === null) return null;
  const params = { workflow: workflow.id };
  // What is published or discarded is what stands here.
  const headers = { 'if-match': String(workflow.revision) };
  return (
    <Notice tone="warn">
      {draft.savedBy.name} saved a draft <RelativeTime time={draft.savedAt} />.{' '}
      {version === null ? 'It has no version yet, so it cannot run.' : `Runs use version ${version.number} until it is published.`}
      {draft.changes.length === 0 ? null : (
        <Stack gap={2} mt={4}>
          {draft.changes.map((change) => (
            <Text key={change} size="sm">
              {change}
            </Text>
          ))}
        </Stack>
      )}
      {organization.may('workflows:write') ? (
        <Group gap="xs" mt={8}>
          <Button
            size="compact-sm"
            loading={publish.isPending}
            onClick={() =>
              publish
                .mutateAsync({ params, body: {}, headers })
                .then(({ version: made }) => notifyDone(`Version ${made?.number} is published.`), notifyProblem)
            }
          >
            Publish the draft
          </Button>
          {version === null ? null : (
            <Button
              size="compact-sm"
              variant="default"
              loading={discard.isPending}
              onClick={() => discard.mutateAsync({ params, headers }).then(() => notifyDone('The draft is discarded.'), notifyProblem)}
            >
              Discard it
            </Button>
          )}
        </Group>
      ) : null}
    </Notice>
  );
}

/** Who changed what, and when. */
export function WorkflowVersions({ workflow }: { workflow: Workflow }) {
  const organization = useOrganization();
  const versions = useEndpointPages(listWorkflowVersions, { params: { workflow: workflow.id }, query: { limit: 20 } });
  const restore = useCommand(restoreWorkflowVersion, [getWorkflow, listWorkflows]);
  const mayRestore = organization.may('workflows:write');
  return (
    <section aria-labelledby="versions">
      <Group justify="space-between" align="baseline" mb="xs">
        <Title order={2} id="versions">
          Versions
        </Title>
        <TextLink
          size="sm"
          to="/organizations/$organization/documentation/$guide"
          params={{ organization: organization.slug, guide: 'workflows' }}
        >
          Guide of workflows
        </TextLink>
      </Group>
      <WhenRead what="The versions" of={versions}>
        <DataTable
          label="Versions of this workflow"
          columns={[
            { key: 'number', header: 'Version', cell: ({ number }: WorkflowVersion) => number },
            { key: 'changes', header: 'What changed', wraps: true, cell: (version: WorkflowVersion) => <Changes version={version} /> },
            { key: 'by', header: 'By', cell: ({ publishedBy }: WorkflowVersion) => publishedBy.name },
            { key: 'when', header: 'When', cell: ({ publishedAt }: WorkflowVersion) => <RelativeTime time={publishedAt} /> },
            {
              key: 'restore',
              header: 'Actions',
              quiet: true,
              align: 'right',
              cell: ({ number }: WorkflowVersion) =>
                !mayRestore || number === workflow.version?.number ? null : (
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    aria-label={`Restore version ${number} as the draft`}
                    act={() =>
                      restore
                        .mutateAsync({
                          params: { workflow: workflow.id, number: String(number) },
                          headers: { 'if-match': String(workflow.revision) },
                        })
                        .then(() => notifyDone(`Version ${number} is the draft now.`), notifyProblem)
                    }
                  >
                    Restore
                  </ActButton>
                ),
            },
          ]}
          rows={versions.items}
          rowKey={({ number }) => String(number)}
          loading={versions.isPending}
          hasMore={versions.hasNextPage}
          loadingMore={versions.isFetchingNextPage}
          loadMore={() => void versions.fetchNextPage()}
          empty={<Text c="dimmed">Nothing is published yet.</Text>}
        />
      </WhenRead>
    </section>
  );
}

function Changes({ version: { number, changes, note } }: { version: WorkflowVersion }) {
  const said = changes.length > 0 ? changes : number === 1 ? ['The first version.'] : [];
  return (
    <Stack gap={2}>
      {note === '' ? null : <Text size="sm">{note}</Text>}
      {said.map((change) => (
        <Text key={change} size="sm" c="dimmed">
          {change}
        </Text>
      ))}
    </Stack>
  );
}
