import { databaseErrorCode, SQLSTATE } from './database-errors.ts';

/** Why a database cannot be reached by an address, and what to do about it. */
export interface ConnectionProblem {
  readonly message: string;
  readonly remedy: string;
}

interface Place {
  readonly host: string;
  readonly port: string;
  readonly role: string;
  readonly database: string;
}

const FORM = 'Write it as postgres://ROLE:PASSWORD@HOST:5432/DATABASE; characters such as @ : / # in the password are percent-encoded.';

/**
 * What is wrong with the address itself. Never a part of it that could be the password. @returns undefined
 * when it can be tried.
 */
export function problemOfDatabaseUrl(url: string): ConnectionProblem | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1];
  if (scheme === undefined) return { message: 'DATABASE_URL is not an address.', remedy: FORM };
  if (!/^postgres(?:ql)?$/i.test(scheme)) {
    return { message: `DATABASE_URL begins with ${scheme}://, which is not PostgreSQL.`, remedy: FORM };
  }
  return placeOf(url) === undefined
    ? { message: 'DATABASE_URL cannot be read: its host, port or password is malformed.', remedy: FORM }
    : undefined;
}

/**
 * What the driver's or the server's error means. @returns undefined when it is not about reaching the
 * database.
 */
export function problemOfConnection(url: string, error: unknown): ConnectionProblem | undefined {
  const place = placeOf(url);
  if (place === undefined) return problemOfDatabaseUrl(url);
  const { message = '' } = (error ?? {}) as { message?: string };
  const code = databaseErrorCode(error) ?? '';
  const known = BY_CODE[code]?.(place) ?? BY_MESSAGE.find(({ pattern }) => pattern.test(message))?.problem(place);
  if (code === SQLSTATE.invalid_authorization_specification && /no encryption|SSL off/i.test(message)) return tlsRequired(place);
  return known;
}

const at = ({ host, port }: Place): string => (host.startsWith('/') ? host : `${host}:${port}`);

const tlsRequired = (place: Place): ConnectionProblem => ({
  message: `The PostgreSQL at ${at(place)} accepts this role over TLS only.`,
  remedy: 'Add ?sslmode=verify-full to DATABASE_URL (and &sslrootcert=/path/ca.pem for a certificate authority of your own).',
});
const certificate = (place: Place): ConnectionProblem => ({
  message: `The certificate of the PostgreSQL at ${at(place)} cannot be verified.`,
  remedy: 'Add sslrootcert=/path/ca.pem with its certificate authority to DATABASE_URL, and use the host name that the certificate is for.',
});
const notFound = (place: Place): ConnectionProblem => ({
  message: `The host of DATABASE_URL, ${place.host}, is not known.`,
  remedy: "Correct the host, or this machine's name resolution.",
});
const unreachable = (place: Place): ConnectionProblem => ({
  message: `The host of DATABASE_URL, ${at(place)}, does not answer.`,
  remedy: 'Check host and port, the network between the two machines, and firewalls.',
});

const BY_CODE: Readonly<Record<string, (place: Place) => ConnectionProblem>> = {
  ENOTFOUND: notFound,
  EAI_AGAIN: notFound,
  ECONNREFUSED: (place) => ({
    message: `Nobody listens at ${at(place)}, where DATABASE_URL says PostgreSQL is.`,
    remedy: 'Start PostgreSQL there, or correct host and port.',
  }),
  ENOENT: (place) => ({
    message: `There is no socket of a PostgreSQL in ${place.host}, which DATABASE_URL names.`,
    remedy: 'Start PostgreSQL, or correct the folder.',
  }),
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  [SQLSTATE.invalid_password]: (place) => ({
    message: `The PostgreSQL at ${at(place)} refuses the password of the role ${place.role}, or does not know the role.`,
    remedy: 'Correct role and password in DATABASE_URL; a password is percent-encoded there.',
  }),
  [SQLSTATE.invalid_authorization_specification]: (place) => ({
    message: `The PostgreSQL at ${at(place)} does not let the role ${place.role} in.`,
    remedy: 'Let the role log in, and let pg_hba.conf accept it from this machine.',
  }),
  [SQLSTATE.invalid_catalog_name]: (place) => ({
    message: `The PostgreSQL at ${at(place)} has no database ${place.database}.`,
    remedy: `Make it (create database ${place.database}), or correct the name in DATABASE_URL.`,
  }),
  [SQLSTATE.too_many_connections]: (place) => ({
    message: `The PostgreSQL at ${at(place)} has no connection to spare.`,
    remedy: 'Raise its max_connections, or end what uses them; both planes together take about 60.',
  }),
  [SQLSTATE.cannot_connect_now]: (place) => ({
    message: `The PostgreSQL at ${at(place)} is starting or stopping.`,
    remedy: 'Start again in a moment.',
  }),
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  CERT_HAS_EXPIRED: certificate,
  ERR_TLS_CERT_ALTNAME_INVALID: certificate,
};

const notPostgres = (place: Place): ConnectionProblem => ({
  message: `What listens at ${at(place)} does not speak as PostgreSQL does.`,
  remedy: 'Correct host and port of DATABASE_URL.',
});

const BY_MESSAGE: readonly { readonly pattern: RegExp; readonly problem: (place: Place) => ConnectionProblem }[] = [
  {
    pattern: /does not support SSL/i,
    problem: (place) => ({
      message: `The PostgreSQL at ${at(place)} does not offer TLS, which DATABASE_URL asks for.`,
      remedy: 'Turn TLS on there (ssl = on), or, on a network that you trust, set sslmode=disable.',
    }),
  },
  {
    pattern: /client password must be a string|no password supplied/i,
    problem: (place) => BY_CODE[SQLSTATE.invalid_password]?.(place) as ConnectionProblem,
  },
  { pattern: /timeout expired|timeout exceeded/i, problem: unreachable },
  {
    pattern:
      /connection terminated unexpectedly|unexpected (?:message|code)|unknown authenticationOk|invalid (?:message|response)|There was an error establishing an SSL/i,
    problem: notPostgres,
  },
];

/** An embedded server's address has no host, which URL cannot read: it stands in the query. */
function placeOf(url: string): Place | undefined {
  const readable = /^[a-z]+:\/\/(?:[^@/]*@)?\//i.test(url) ? url.replace(/^([a-z]+:\/\/(?:[^@/]*@)?)\//i, '$1localhost/') : url;
  try {
    const { hostname, port, username, pathname, searchParams } = new URL(readable);
    const role = decodeURIComponent(username);
    return {
      host: searchParams.get('host') ?? (hostname || 'localhost'),
      port: port || '5432',
      role: role || 'of this account',
      database: decodeURIComponent(pathname.slice(1)) || role,
    };
  } catch {
    return undefined;
  }
}
