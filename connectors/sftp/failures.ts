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

/** How far a connection had come when it ended. Signing in begins when the keys are agreed on. */
export type Phase = 'handshake' | 'sign-in' | 'session';

/** draft-ietf-secsh-filexfer-02, section 7, and 13, section 9.1 for those from 9 on. */
export const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** Of the message with which a server ends a connection: RFC 4253, section 11.1. */
const REASON = {
  hostNotAllowed: 1,
  protocolError: 2,
  serviceNotAvailable: 7,
  tooManyConnections: 12,
  noMoreSignInMethods: 14,
  illegalUserName: 15,
} as const;

/** Of the answer to the opening of a channel: RFC 4254, section 5.1. */
const RESOURCE_SHORTAGE = 4;

const AGAIN = 'Start the run again when the server has recovered.';

/**
 * The number of an answer of the server that says no; `undefined` when it was no answer.
 *
 * @param error what a request of SFTP failed with. What the client of ssh2 emits is for {@link explainEnd}:
 *   the reason of an SSH_MSG_DISCONNECT looks the same.
 */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ConnectorError ? undefined : numberIn(error);
}

function numberIn(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'number' && !('level' in error) ? error.code : undefined;
}

/**
 * What ssh2 says of a server that lets the user in and speaks no SFTP with them, as they were about to
 * begin: it opens no channel, their session ends with an exit code, or something else answers, such as the
 * words of a shell that nobody may use. Of a channel only the shortage of resources passes.
 */
export function explainNoSftp(error: unknown, place: Attempt['place']): ConnectorError | undefined {
  if (error instanceof ConnectorError) return undefined;
  const { message = '', level, reason } = (error ?? {}) as { message?: string; level?: string; reason?: unknown };
  if (reason === RESOURCE_SHORTAGE) return busy(place, `channel refused, reason ${RESOURCE_SHORTAGE}`);
  const ended = /Unable to start subsystem|open channel|Channel open failure|Received (?:exit code|signal|unexpected SFTP)/i.test(message);
  if (!ended && level !== 'sftp-protocol') return undefined;
  return new ConnectorError('upstream_refused', `The server at ${place.shown} lets the user in, and has no SFTP for them.`, {
    remedy: 'Turn the SFTP subsystem on for this user. If it is on, look whether the user’s shell prints something or ends at once.',
    cause: error,
  });
}

/**
 * Says what went wrong in our words. What the server says itself is not shown: it may repeat what it was
 * sent.
 */
export function explain(error: unknown, { place, path, right, documentOnly = false }: Attempt): Error {
  const explained = alreadyExplained(error);
  if (explained !== undefined) return explained;
  const server = `The server at ${place.shown}`;
  const about = path === undefined ? '' : ` “${path === '' ? 'the folder where the user arrives' : path}”`;
  const status = statusOf(error);
  switch (status) {
    case undefined:
      return notAnswered(error, place, 'session');
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

/**
 * Says in our words why a connection ended, as {@link explain} does of one request: `error` is what the
 * client of ssh2 emitted. None of it is the status of an answer.
 */
export function explainEnd(error: unknown, place: Attempt['place'], phase: Phase): Error {
  const explained = alreadyExplained(error);
  if (explained !== undefined) return explained;
  const reason = numberIn(error);
  return reason === undefined ? notAnswered(error, place, phase) : disconnected(reason, place, phase);
}

function alreadyExplained(error: unknown): Error | undefined {
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError') ? error : undefined;
}

function disconnected(reason: number, place: Attempt['place'], phase: Phase): ConnectorError {
  const server = `The server at ${place.shown}`;
  const shown = `SSH reason ${reason}`;
  if (reason === REASON.serviceNotAvailable || reason === REASON.tooManyConnections) return busy(place, shown);
  if (reason === REASON.hostNotAllowed && phase !== 'session') {
    return new ConnectorError('upstream_refused', `${server} takes no connection from this address (${shown}).`, {
      remedy: 'Let the server take connections from the address of the data plane. Some servers keep one out after wrong passwords.',
    });
  }
  if (phase === 'sign-in' && (reason === REASON.noMoreSignInMethods || reason === REASON.illegalUserName)) {
    return notAccepted(place, { shown: ` (${shown})` });
  }
  if (phase === 'sign-in' && reason === REASON.protocolError) {
    // What OpenSSH and others say after MaxAuthTries attempts.
    return new ConnectorError('upstream_credentials', `${server} ended the connection while the user signed in (${shown}).`, {
      remedy:
        'Check the user, and replace the secret with the password or private key that the server has for the user. If they are right, the server allows too few attempts: leave the password or the key out, whichever it does not take, or raise MaxAuthTries.',
    });
  }
  return new ConnectorError('upstream_unreachable', `${server} closed the connection (${shown}).`, {
    remedy: `${AGAIN} If it closes each one, look into its log for the reason.`,
    retryable: true,
  });
}

function busy({ shown }: Attempt['place'], why: string): ConnectorError {
  return new ConnectorError('upstream_refused', `The server at ${shown} is busy or does not work (${why}).`, {
    remedy: AGAIN,
    retryable: true,
  });
}

function notAccepted(place: Attempt['place'], { shown = '', cause }: { shown?: string; cause?: unknown }): ConnectorError {
  return new ConnectorError('upstream_credentials', `The server at ${place.shown} did not accept the user by password or key${shown}.`, {
    remedy: 'Check the user, and replace the secret with the password or private key that the server has for the user.',
    cause,
  });
}

function notAnswered(error: unknown, place: Attempt['place'], phase: Phase): ConnectorError {
  const server = `The server at ${place.shown}`;
  const { message = '', level } = (error ?? {}) as { message?: string; level?: string };
  if (level === 'client-authentication') return notAccepted(place, { cause: error });
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
  if (level === 'sftp-protocol') {
    return new ConnectorError('upstream_unreachable', `${server} answered with what is no SFTP.`, {
      remedy: `${AGAIN} If it stays so, ask who runs the server.`,
      retryable: true,
      cause: error,
    });
  }
  const before = phase === 'handshake' && /before handshake|Invalid|Protocol|identification/i.test(message);
  return new ConnectorError('upstream_unreachable', `${server} closed the connection${before ? ' before it spoke SSH' : ''}.`, {
    remedy: before ? 'Check that the port is the one of SSH, and that the server has room for another connection.' : AGAIN,
    retryable: true,
    cause: error,
  });
}
