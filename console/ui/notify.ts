import { notifications } from '@mantine/notifications';
import { problemOf } from '../api/problem.ts';

const CLOSE = { 'aria-label': 'Dismiss' };

/** Something that the reader asked for has happened. Read out politely by screen readers. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'holdfast', closeButtonProps: CLOSE });
}

export function notifyProblem(error: unknown): void {
  const problem = problemOf(error);
  notifications.show({
    title: problem.title,
    message: `${problem.detail} ${problem.remedy}`,
    color: 'red',
    autoClose: 12_000,
    closeButtonProps: CLOSE,
  });
}
