import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { AlertIcon, LockIcon } from '@primer/octicons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { isFailedRead, isNotThere, problemOf, type ShownProblem } from '../api/problem.ts';

interface ErrorStateProps {
  /** "The members": begins the words that they could not be loaded. */
  what: string;
  error: unknown;
  retry?: (() => unknown) | undefined;
  retryLabel?: string;
}

/**
 * What could not be loaded and why, what to do next, and the request id to give to the operator. What is not
 * there for the reader is not asked for again.
 */
export function ErrorState({ what, error, retry, retryLabel = 'Try again' }: ErrorStateProps) {
  const queries = useQueryClient();
  const problem = problemOf(error);
  if (problem.code === 'forbidden') return <NoPermission what={problem.detail} />;
  // Once for the whole page: what failed together is asked for together.
  const tryAgain = () => {
    void retry?.();
    void queries.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' && state.fetchStatus === 'idle' });
  };
  const title = isFailedRead(error) ? `${what} could not be loaded` : problem.title;
  return (
    <Alert role="alert" variant="light" color="red" icon={<AlertIcon />} title={title} className="problem">
      <ProblemWords problem={problem} />
      {retry === undefined || isNotThere(error) ? null : (
        <Group mt="sm">
          <Button variant="default" size="xs" onClick={tryAgain}>
            {retryLabel}
          </Button>
        </Group>
      )}
    </Alert>
  );
}

/**
 * A problem inside a form, above its buttons. It is brought into view, as these are wherever the form is
 * scrolled to.
 */
export function FormProblem({ problem }: { problem: ShownProblem | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem !== undefined) place.current?.scrollIntoView({ block: 'nearest' });
  }, [problem]);
  return (
    <div ref={place} aria-live="assertive">
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
