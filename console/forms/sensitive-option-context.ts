import type { ComponentType } from '@holdfast/api';
import { createContext, useContext } from 'react';
import type { FormData } from './form-schema.ts';
import type { OwnValueHandles } from './own-values.ts';

/** What a sensitive option needs to know of the form around it. */
export interface SensitiveOptionSurroundings {
  projectId: string;
  type: ComponentType;
  /** What the form holds now; never a value of a sensitive option. */
  data: FormData;
  handles: OwnValueHandles;
  /**
   * Opens the dialog that adds a secret; the option then takes the new one. `undefined`: the role may not.
   */
  addSecret: ((suggestedName: string, chosen: (name: string) => void) => void) | undefined;
}

export const SensitiveOptionContext = createContext<SensitiveOptionSurroundings | undefined>(undefined);

export function useSurroundings(): SensitiveOptionSurroundings {
  const surroundings = useContext(SensitiveOptionContext);
  if (surroundings === undefined) throw new Error('A sensitive option is drawn outside a configuration form.');
  return surroundings;
}
