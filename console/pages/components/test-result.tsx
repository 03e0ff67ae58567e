import { type Answer, ERROR_CODES, isErrorCode, type testComponent } from '@holdfast/api';
import { Loader, Text } from '@mantine/core';
import { AlertIcon, CheckIcon } from '@primer/octicons-react';
import { useEffect, useRef } from 'react';
import { problemOf } from '../../api/problem.ts';
import { Notice } from '../../ui/notice.tsx';
import { millisecondsInWords } from '../runs/run-words.ts';

export type TestState =
  | { state: 'idle' }
  | { state: 'running' }
  | { state: 'answered'; answer: Answer<typeof testComponent> }
  | { state: 'problem'; error: unknown };

/** What came of a test of the connection: passed, or what to correct. */
export function TestResult({ test }: { test: TestState }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (test.state !== 'idle') place.current?.scrollIntoView({ block: 'nearest' });
  }, [test.state]);
  return (
    <div ref={place} role="status" aria-live="polite">
      <Words test={test} />
    </div>
  );
}

function Words({ test }: { test: TestState }) {
  if (test.state === 'idle') return null;
  if (test.state === 'running') {
    return (
      <Notice tone="quiet" icon={<Loader size={14} color="gray" />}>
        Trying this configuration against the real service…
      </Notice>
    );
  }
  if (test.state === 'problem') {
    const problem = problemOf(test.error);
    return <Failed title={problem.title} detail={problem.detail} remedy={problem.remedy} />;
  }
  const { passed, detail, failure, destinations, milliseconds } = test.answer;
  if (passed) {
    const sendsTo = destinations.length === 0 ? '' : ` It sends to ${destinations.join(' and ')}.`;
    return (
      <Notice tone="good" icon={<CheckIcon size={16} />}>
        <b>Test connection passed:</b> {`${sentence(detail)}${sendsTo} It took ${millisecondsInWords(milliseconds)}.`}
      </Notice>
    );
  }
  const title = failure !== null && isErrorCode(failure.code) ? ERROR_CODES[failure.code].title : 'The test failed';
  return <Failed title={title} detail={failure?.detail ?? detail} remedy={failure?.remedy ?? ''} />;
}

function Failed({ title, detail, remedy }: { title: string; detail: string; remedy: string }) {
  return (
    <Notice tone="bad" icon={<AlertIcon size={16} />}>
      <b>Test connection failed: {title}.</b>
      {detail === title || detail === '' ? null : <Text size="sm">{sentence(detail)}</Text>}
      {remedy === '' ? null : <Text size="sm">{sentence(remedy)}</Text>}
    </Notice>
  );
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
