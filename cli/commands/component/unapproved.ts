import type { Component } from '@holdfast/api';
import { remark } from '@holdfast/terminal/output';

/** After a component was saved: where its secrets may not be sent yet. */
export function remarkUnapproved({ unapproved }: Pick<Component, 'unapproved'>): void {
  for (const { secretName, destination, state } of unapproved) {
    const called = secretName ?? 'Its own value';
    if (state === 'requested') remark(`${called} waits for an owner or admin, who can approve ${destination}.`);
    else remark(`${called} may not be sent to ${destination} (${state}).\n→ An owner or admin can: holdfast destination approve`);
  }
}
