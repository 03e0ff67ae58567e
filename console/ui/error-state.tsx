import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { AlertIcon, LockIcon } from '@primer/octicons-react';
import { problemOf, type ShownProblem } from '../api/problem.ts';

/** What happened, what to do next, and the request id to give to the operator. */
export function ErrorState({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const problem = problemOf(error);
  if (problem.code === 'forbidden') return <NoPermission what={problem.detail} />;
  return (
    <Alert role="alert" variant="light" color="red" icon={<AlertIcon />} title={problem.title} className="problem">
      <ProblemWords problem={problem} />
      {retry === undefined ? null : (
        <Group mt="sm">
          <Button variant="default" size="xs" onClick={retry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}

/** A problem inside a form, above its buttons. */
export function FormProblem({ problem }: { problem: ShownProblem | undefined }) {
  return (
    <div aria-live="assertive">
      {problem === undefined ? null : (
        <Alert variant="light" color="red" icon={<AlertIcon />} title={problem.title} mt="md" className="problem">
          <ProblemWords problem={problem} />
        </Alert>
      )}
    </div>
  );
}

function ProblemWords({ problem }: { problem: ShownProblem }) {
  return (
    <>
      {problem.detail === problem.title ? null : <Text size="sm">{problem.detail}</Text>}
      <Text size="sm">{problem.remedy}</Text>
      {problem.requestId === undefined ? null : (
        <Text size="xs" mt={6}>
          Request <Code>{problem.requestId}</Code>
        </Text>
      )}
    </>
  );
}

/** The reader's role does not reach here. Says who can help. */
export function NoPermission({ what }: { what: string }) {
  return (
    <Alert variant="light" color="gray" icon={<LockIcon />} title="Your role does not allow this" className="notice">
      <Text size="sm">{what}</Text>
      <Text size="sm">Ask an owner or admin of the organization.</Text>
    </Alert>
  );
}
