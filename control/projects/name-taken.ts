import { HoldfastError } from '@holdfast/api';
import { isUniqueViolation } from '@holdfast/db/control';

const CALLED: Readonly<Record<string, string>> = {
  project_name: 'The organization has a project',
  component_name: 'The project has a component',
  workflow_name: 'The project has a workflow',
  workflow_trigger_name: 'The workflow has a trigger',
};

/**
 * Says which name is taken, when a change failed for that reason. Names that differ in case only count as the
 * same.
 */
export async function refuseTakenName<T>(index: keyof typeof CALLED, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error, index)) throw error;
    throw new HoldfastError('name_taken', `${CALLED[index]} “${name}” already.`, { field: 'name' });
  }
}
