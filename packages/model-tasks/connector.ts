import type { ComponentType } from '@holdfast/configuration';
import { type ConnectorContext, destinationOfAddress, type ModelConnector, type Options } from '@holdfast/connector';
import { checkModel } from './check.ts';
import type { ModelSettings } from './service.ts';
import { type ModelService, transformBy } from './transform.ts';

/** What differs between the model connectors. */
export interface ModelApiConnector<Settings extends ModelSettings> {
  readonly type: ComponentType & { readonly role: 'model' };
  /** Throws ConnectorError `option_invalid`. */
  readonly readOptions: (options: Options) => Settings;
  /** Loads the vendor's SDK: at the first use. */
  readonly load: () => Promise<{ serviceOf(settings: Settings, context: ConnectorContext, document?: string): ModelService }>;
}

/** The connector of a model behind an HTTP API, which goes to its base URL and nowhere else. */
export function modelConnector<Settings extends ModelSettings>({ type, readOptions, load }: ModelApiConnector<Settings>): ModelConnector {
  return {
    role: 'model',
    type,
    destinations: (options) => [destinationOfAddress(readOptions(options).baseUrl, 'The option “Base URL”')],
    async check(options, context) {
      const settings = readOptions(options);
      const { serviceOf } = await load();
      return checkModel(serviceOf(settings, context), settings);
    },
    async transform(document, options, context) {
      const settings = readOptions(options);
      const { serviceOf } = await load();
      return transformBy(serviceOf(settings, context, document.name), settings.task, document, context);
    },
  };
}
