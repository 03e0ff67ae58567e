import { ConnectorError, connectorErrorIn, explainNetworkError, networkCodeOf } from '@holdfast/connector';
import type { Place } from './options.ts';

/** What was being done, for the sentence that explains a failure. */
export interface Attempt {
  readonly place: Pick<Place, 'host' | 'shown'>;
  /** The path that it was about. */
  readonly path?: string;
  /** What is missing when it is not permitted: “to list …”. */
  readonly right?: string;
  /** It concerns one document of many. */
  readonly documentOnly?: boolean;
}

/** draft-ietf-secsh-filexfer-02, section 7, and 13, section 9.1 for those from 9 on. */
export const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

const AGAIN = 'Start the run again when the server has recovered.';

/** The number of an answer of the server that says no; `undefined` when it was no answer. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || error instanceof ConnectorError || !('code' in error)) return undefined;
  return typeof error.code === 'number' && !('level' in error) ? error.code : undefined;
}

/**
 * What ssh2 says of a server that lets the user in and speaks no SFTP with him, as he was about to begin: his
 * session ends with an exit code, or something else answers, such as the words of a shell that nobody may
 * use.
 */
export function noSftp(error: unknown, place: Attempt['place']): ConnectorError | undefined {
  const { message = '', level } = (error ?? {}) as { message?: string; level?: string };
  const ended = /Unable to start subsystem|open channel|Channel open failure|Received (?:exit code|signal|unexpected SFTP)/i.test(message);
  if (!ended && level !== 'sftp-protocol') return undefined;
  return new ConnectorError('upstream_refused', `The server at ${place.shown} lets the user in, and has no SFTP for him.`, {
    remedy: 'Turn the SFTP subsystem on for this user. If he has it, look whether his shell prints something or ends at once.',
    cause: error,
  });
}

/**
 * Says what went wrong in our words. What the server says itself is not shown: it may repeat what it was
 * sent.
 */
export function explain(error: unknown, { place, path, right, documentOnly = false }: Attempt): Error {
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return error;
  const server = `The server at ${place.shown}`;
  const about = path === undefined ? '' : ` “${path === '' ? 'the folder where the user arrives' : path}”`;
  const status = statusOf(error);
  switch (status) {
    case undefined:
      return notAnswered(error, place);
    case STATUS.noSuchFile:
      return new ConnectorError('upstream_not_found', `${server} does not have${about} (status 2).`, {
        remedy: documentOnly ? 'Nothing: it was taken away meanwhile.' : 'Correct the folder, or make it on the server.',
        documentOnly,
      });
    case STATUS.permissionDenied:
      return new ConnectorError(
        'upstream_credentials',
        `${server} does not permit this user${about === '' ? ' that' : about} (status 3).`,
        {
          remedy: `Let the user ${right ?? 'read and write there'}, or choose another folder.`,
          documentOnly,
        },
      );
    case STATUS.unsupported:
      return new ConnectorError('upstream_refused', `${server} does not do what was asked for${about} (status 8).`, {
        remedy: 'Ask who runs the server: what was asked is a part of version 3 of SFTP.',
      });
    case 14:
    case 15:
      return new ConnectorError('upstream_refused', `${server} has no room for${about} (status ${status}).`, {
        remedy: 'Make room on the server, or raise the quota of the user.',
        retryable: true,
      });
    default:
      return new ConnectorError('upstream_refused', `${server} could not do it${about} (status ${status}).`, {
        remedy: 'Look into the log of the server: the disk may be full, a quota reached, the document too large, or the name not allowed.',
        documentOnly,
      });
  }
}

function notAnswered(error: unknown, place: Attempt['place']): ConnectorError {
  const server = `The server at ${place.shown}`;
  const { message = '', level } = (error ?? {}) as { message?: string; level?: string };
  if (level === 'client-authentication') {
    return new ConnectorError('upstream_credentials', `${server} did not accept the user with what he signs in with.`, {
      remedy: 'Check the user, and replace the secret with the password or private key that the server has for him.',
      cause: error,
    });
  }
  if (level === 'client-timeout') {
    return new ConnectorError('upstream_unreachable', `${server} did not answer in time.`, {
      remedy: AGAIN,
      retryable: true,
      cause: error,
    });
  }
  if (/no matching/.test(message)) {
    return new ConnectorError(
      'upstream_refused',
      `${server} offers no algorithm that is still safe, or not the kind of host key that is known.`,
      {
        remedy:
          'Update the server: Ed25519, ECDSA or RSA with SHA-2, AES-GCM, AES-CTR or ChaCha20, and SHA-2. Or compare its host key again.',
        cause: error,
      },
    );
  }
  if (level === 'client-socket' && networkCodeOf(error) !== undefined) {
    return explainNetworkError(error, { host: place.shown, hostname: place.host });
  }
  const before = /before handshake|Invalid|Protocol|identification/i.test(message);
  return new ConnectorError('upstream_unreachable', `${server} closed the connection${before ? ' before it spoke SSH' : ''}.`, {
    remedy: before ? 'Check that the port is the one of SSH, and that the server has room for another connection.' : AGAIN,
    retryable: true,
    cause: error,
  });
}
