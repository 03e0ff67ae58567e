/**
 * What reads and writes a workflow as YAML, apart from the page: fetched when somebody looks at the YAML.
 */
export { readWorkflowFile, withoutRevision, writeWorkflowFile } from '@holdfast/workflow/file';
export { faultsOfNames } from '@holdfast/workflow/names';
