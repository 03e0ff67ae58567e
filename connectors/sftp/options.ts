import { type ExistingDocument, isExistingDocument } from '@holdfast/configuration';
import { ConnectorError, fitsText, invalidOption, type Options, readHost } from '@holdfast/connector';
import { readHostKeys } from './host-key.ts';
import { sftpPublisherType, sftpSourceType } from './types.ts';

/** A server, and who signs in. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for messages. */
  readonly shown: string;
  readonly destination: string;
  /** Keys that the server may show; none: nobody has compared one yet. */
  readonly hostKeys: ReturnType<typeof readHostKeys>;
  readonly user: string;
  readonly password: string | undefined;
  readonly privateKey: string | undefined;
  readonly passphrase: string | undefined;
  /** Absolute, or relative to where the user arrives; empty for that itself. Without `/` at the end. */
  readonly folder: string;
}

export interface PublisherOptions extends Place {
  readonly existing: ExistingDocument;
}

export interface SourceOptions extends Place {
  /** Of folders below the folder. */
  readonly depth: number;
}

/**
 * Checked again here, because a configuration may be older than the rules.
 *
 * @throws ConnectorError `option_invalid`.
 */
export function readPublisherOptions(options: Options): PublisherOptions {
  const { existing = 'replace' } = options;
  if (!isExistingDocument(existing)) {
    throw invalidOption('When a different …', 'is not one of its choices');
  }
  const place = readPlace(options);
  return { ...place, folder: place.folder.normalize('NFC'), existing };
}

/**
 * The same of a source.
 *
 * @throws ConnectorError `option_invalid`.
 */
export function readSourceOptions(options: Options): SourceOptions {
  const { default: usual, minimum, maximum } = sftpSourceType.schema.properties.depth;
  return { ...readPlace(options), depth: whole(options.depth ?? usual, 'Depth', minimum, maximum) };
}

function readPlace(options: Options): Place {
  const { port: portSchema, user: userSchema, folder: folderSchema } = sftpPublisherType.schema.properties;
  const { user, folder = '' } = options;
  const port = whole(options.port ?? portSchema.default, 'Port', portSchema.minimum, portSchema.maximum);
  const server = readHost(options.host, port, 'sftp');
  if (!fitsText(user, userSchema)) throw invalidOption('User', 'is not filled in');
  if (!fitsText(folder, folderSchema)) throw invalidOption('Folder', 'is not a path');
  if (folder.split('/').some((part) => part === '.' || part === '..')) throw invalidOption('Folder', 'has a part that is . or ..');
  const [password, privateKey] = [text(options.password), text(options.privateKey)];
  if (password === undefined && privateKey === undefined) {
    throw new ConnectorError('option_invalid', 'The options “Password” and “Private key” are both empty.', {
      remedy: 'Fill one of them in.',
    });
  }
  return {
    ...server,
    port,
    hostKeys: readHostKeys(options.hostKey),
    user,
    password,
    privateKey,
    passphrase: text(options.passphrase),
    folder,
  };
}

function whole(value: unknown, title: string, minimum: number, maximum: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw invalidOption(title, `is not a number from ${minimum} to ${maximum}`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
