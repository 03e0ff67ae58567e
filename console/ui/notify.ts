import { problemOf } from '../api/problem.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'done' | 'problem';
  readonly title?: string;
  readonly message: string;
}

const DONE_MILLISECONDS = 6_000;
const PROBLEM_MILLISECONDS = 12_000;
const SHOWN = 4;

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

/** Something that the reader asked for has happened. Read out politely by screen readers. */
export function notifyDone(message: string): void {
  show({ tone: 'done', message }, DONE_MILLISECONDS);
}

export function notifyProblem(error: unknown): void {
  const { title, detail, remedy } = problemOf(error);
  notifyFailed(title, `${detail} ${remedy}`);
}

export function notifyFailed(title: string, message: string): void {
  show({ tone: 'problem', title, message }, PROBLEM_MILLISECONDS);
}

export function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

/** For `useSyncExternalStore`. */
export const toastStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  read: () => toasts,
};

function show(toast: Omit<Toast, 'id'>, milliseconds: number): void {
  const id = ++last;
  set([...toasts, { ...toast, id }].slice(-SHOWN));
  setTimeout(() => dismiss(id), milliseconds);
}

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}
