import { type ExistingDocument, isExistingDocument } from '@holdfast/configuration';
import { ConnectorError, fitsText, invalidOption, type Options } from '@holdfast/connector';
import { type Account, parseConnectionString } from './connection-string.ts';
import { azureBlobType } from './types.ts';

export interface AzureBlobOptions {
  readonly account: Account;
  readonly container: string;
  readonly createContainer: boolean;
  /** An account's key makes signatures of the container, and signs no request. */
  readonly signaturePerRun: boolean;
  readonly folder: string;
  readonly existing: ExistingDocument;
  readonly accessTier: 'Hot' | 'Cool' | 'Cold' | undefined;
}

const { connectionString: connectionStringSchema, container: containerSchema, folder: folderSchema } = azureBlobType.schema.properties;
const TITLE = connectionStringSchema.title;

/**
 * Checked again here, because a configuration may be older than the rules. Throws ConnectorError
 * `option_invalid`.
 */
export function readOptions(options: Options): AzureBlobOptions {
  const { connectionString, container, createContainer = false, folder = '', existing = 'replace', accessTier } = options;
  const signaturePerRun = options.signaturePerRun === true;
  if (typeof connectionString !== 'string') throw invalidOption(TITLE, 'is not filled in');
  if (!fitsText(container, containerSchema)) throw invalidOption('Container', 'is not a name that Azure allows');
  if (!fitsText(folder, folderSchema)) throw invalidOption('Folder', 'is not a path without empty parts');
  if (folder.split('/').some((part) => /^\.+$|[. ]$/.test(part)))
    throw invalidOption('Folder', 'has a part that ends with a dot or a space');
  if (!isExistingDocument(existing)) throw invalidOption('When a different document …', 'is not one of its choices');
  if (signaturePerRun && createContainer === true) {
    throw new ConnectorError('option_invalid', 'No signature of a container may create it, and two options ask for both.', {
      remedy: 'Create the container in the account, or turn “Sign in with a signature made for each run” off.',
    });
  }
  const account = parseConnectionString(connectionString, container);
  requirePlace(account, container, folder.normalize('NFC'));
  return {
    account,
    container,
    createContainer: createContainer === true,
    signaturePerRun,
    folder: folder.normalize('NFC'),
    existing,
    accessTier: accessTier === 'Hot' || accessTier === 'Cool' || accessTier === 'Cold' ? accessTier : undefined,
  };
}

export type SourceOptions = Pick<AzureBlobOptions, 'account' | 'container' | 'folder'>;

/** The same of a source. Throws ConnectorError `option_invalid`. */
export function readSourceOptions({ connectionString, container, folder }: Options): SourceOptions {
  return readOptions({ connectionString, container, ...(folder !== undefined && { folder }) });
}

/**
 * A value for one container or directory is good for no other. What it is for is a part of it, and not shown.
 */
function requirePlace({ container: named, directory, credential }: Account, container: string, folder: string): void {
  if (named !== undefined && named !== container) {
    throw new ConnectorError('option_invalid', `The value of “${TITLE}” is for another container than “${container}”.`, {
      remedy: 'Write the container that the value is for into the option “Container”, or use a value that is for this one.',
    });
  }
  if (credential.kind !== 'shared-access-signature' || credential.signature.scope !== 'directory') return;
  const depth = folder === '' ? 0 : folder.split('/').length;
  const below = directory === undefined || folder === directory || folder.startsWith(`${directory}/`);
  if (below && depth >= (credential.signature.directoryDepth ?? 1)) return;
  const place = folder === '' ? 'the top of the container' : `“${folder}”`;
  throw new ConnectorError(
    'option_invalid',
    `The shared access signature in “${TITLE}” is for one directory alone, and the component names ${place}.`,
    {
      remedy: 'Write the directory that it was made for into the option “Folder”, or use a signature of the whole container.',
    },
  );
}
