import { type Preflight, type PreflightCheck, preflightWorkflow } from '@holdfast/api';
import { remark } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Workplace } from '../../connection.ts';

export const PREFLIGHT_OPTION = ['--preflight', 'ask the services, too, whether they accept the credentials'] as const;

/** `leave`: what shows without asking a service. */
export type Services = 'ask' | 'leave';

/** What a run of the saved workflow would meet now, and one of its draft. */
export async function preflightSaved({ client, slug }: Workplace, workflow: string, services: Services) {
  return client.call(preflightWorkflow, { params: { organization: slug, workflow }, query: { services } });
}

export function failedOf({ checks }: Preflight): PreflightCheck[] {
  return checks.filter(({ passed }) => !passed);
}

export function checkInWords({ component, detail, failure }: PreflightCheck): string {
  return `${component === null ? '' : `${component.name}: `}${detail}${failure === null ? '' : ` ${failure.remedy}`}`;
}

/**
 * Says what a run of what was just saved would fail at. It is saved all the same, also when that could not be
 * looked at: this never fails.
 */
export async function warnOfFailure(place: Workplace, saved: { readonly id: string; readonly name: string }, services: Services) {
  let found: Awaited<ReturnType<typeof preflightSaved>>;
  try {
    found = await preflightSaved(place, saved.id, services);
  } catch (error) {
    // The remedy of the error is left out: it is that of a command that did nothing.
    const why = error instanceof Error ? error.message : 'unknown error';
    remark(
      printable(
        `“${saved.name}” is saved. What a run of it would fail at could not be looked at: ${why} Look again: holdfast workflow check "${saved.name}"`,
      ),
    );
    return;
  }
  const { draft, ...version } = found;
  for (const check of failedOf(version)) remark(printable(`A run of “${saved.name}” would fail: ${checkInWords(check)}`));
  for (const check of draft === null ? [] : failedOf(draft)) {
    remark(printable(`A run of the draft of “${saved.name}” would fail: ${checkInWords(check)}`));
  }
}
