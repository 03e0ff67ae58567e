import type { ComponentType } from '@holdfast/api';
import type { FoundCredential } from '@holdfast/configuration';
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
  addSecret: AddSecret | undefined;
  /** Opens the dialog that asks an admin for a secret; the option that it is for is named. */
  askForSecret: ((suggestedName: string, option: string) => void) | undefined;
  /**
   * Whether somebody says that this text of the option holds no credential, although it looks so, or it is
   * saved already. What is typed there afterwards is another text.
   */
  isAccepted: (option: string, text: string) => boolean;
  accept: (option: string, text: string) => void;
  /**
   * Takes a credential out of an option in clear, into one that is sealed. `undefined`: there is none for it.
   */
  sealAway: (option: string, found: FoundCredential) => (() => void) | undefined;
}

/** A value that stands in the form already, for the dialog that seals it as a secret of the organization. */
export interface TypedAlready {
  read: () => string;
  /** When the secret is stored. */
  clear: () => void;
}

export type AddSecret = (suggestedName: string, chosen: (name: string) => void, typed?: TypedAlready) => void;

export const SensitiveOptionContext = createContext<SensitiveOptionSurroundings | undefined>(undefined);

export function useSurroundings(): SensitiveOptionSurroundings {
  const surroundings = useContext(SensitiveOptionContext);
  if (surroundings === undefined) throw new Error('A sensitive option is drawn outside a configuration form.');
  return surroundings;
}
