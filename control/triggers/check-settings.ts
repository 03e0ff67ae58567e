import { invalid, SOURCES_FOR_TRIGGERS, type TriggerKind } from '@holdfast/api';
import type { LockedWorkflow, TriggerConfiguration, WorkflowSource } from '@holdfast/db/control';
import { cronFault, timeZoneFault } from '@holdfast/schedule';
import { checkSentName } from '../documents/document-name.ts';
import type { SentSettings } from './sent-settings.ts';

/**
 * What is stored of the settings that were sent. Throws `invalid_request` for what could never start a run.
 */
export function checkSettings(sent: SentSettings, workflow: LockedWorkflow): TriggerConfiguration {
  // Of a workflow that was never published, what its draft will do.
  const fault = faultOfSources(sent.kind, (workflow.published?.definition ?? workflow.draft)?.sources ?? []);
  if (fault !== undefined) throw invalid([{ field: 'settings.kind', detail: fault.detail }], fault.remedy);
  switch (sent.kind) {
    case 'cron': {
      const faults = [
        { field: 'settings.expression', detail: cronFault(sent.expression) },
        { field: 'settings.timeZone', detail: timeZoneFault(sent.timeZone) },
      ].flatMap(({ field, detail }) => (detail === undefined ? [] : [{ field, detail }]));
      if (faults.length > 0) throw invalid(faults);
      return { ...sent, expression: sent.expression.split(/\s+/).join(' ') };
    }
    case 'poll':
      return sent;
    case 'webhook': {
      const { secretName: _, ...stored } = sent;
      checkSentName(stored.documentName);
      return stored;
    }
    case 'upload': {
      const { expiresAt: _, ...stored } = sent;
      return stored;
    }
  }
}

/** Why a trigger of this kind starts no run of a workflow with these sources; `undefined` when it can. */
export function faultOfSources(
  kind: TriggerKind,
  sources: readonly Pick<WorkflowSource, 'kind'>[],
): { readonly detail: string; readonly remedy: string } | undefined {
  if (sources.some((source) => SOURCES_FOR_TRIGGERS[kind].includes(source.kind))) return undefined;
  switch (kind) {
    case 'cron':
      return {
        detail: 'The workflow takes uploaded documents, and a schedule brings none.',
        remedy: 'Let the workflow read a folder or a connector, or use an upload address or a webhook.',
      };
    case 'poll':
      return {
        detail: 'The workflow reads no connector that could be asked.',
        remedy: 'Let the workflow read its documents from a connector.',
      };
    case 'webhook':
    case 'upload':
      return {
        detail: 'What is sent becomes a document, and the workflow takes none that is uploaded.',
        remedy: 'Let the workflow take uploaded documents.',
      };
  }
}
