import { addressForPeople, environmentFor, readSettings, SETTINGS, type Settings } from '@holdfast/settings';
import { withHome } from './home/choose-home.ts';
import type { PlaneName } from './planes/plane-name.ts';

/**
 * What `holdfast start` and the other commands on the machine of Holdfast read: the settings of the launcher
 * and of both planes.
 */
export interface StartSettings extends Settings<'launcher' | PlaneName> {
  readonly publicUrl: string;
  /** The variables of each plane that are set, for its process. Those of the database name its owner. */
  readonly variables: Readonly<Record<PlaneName, Readonly<Record<string, string>>>>;
}

/** @throws ConfigurationError, which names the variable. */
export function readStartSettings(environment: NodeJS.ProcessEnv): StartSettings {
  const settings = readSettings(withHome(environment), ['launcher', 'control', 'data']);
  return {
    ...settings,
    publicUrl: settings.publicUrl ?? `http://${addressForPeople(settings.controlListen)}`,
    variables: {
      control: {
        [SETTINGS.dataPublicUrl.variable]: `http://${addressForPeople(settings.dataListen)}`,
        ...environmentFor('control', environment),
      },
      data: environmentFor('data', environment),
    },
  };
}
