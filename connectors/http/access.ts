import {
  basicAuthorization,
  type ConnectorContext,
  ConnectorError,
  type HttpAttempt,
  headerValue,
  invalidOption,
  type Options,
  readHttpAddress,
} from '@holdfast/connector';
import { httpPublisherType } from './types.ts';

const { authentication: authenticationSchema, headerName: headerNameSchema } = httpPublisherType.schema.properties;

/** Set by HTTP itself, or with a meaning of their own: a key in one of them would be another request. */
const RESERVED =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|keep-alive|expect|accept-encoding|user-agent|cookie|proxy-.*|if-.*|idempotency-key|x-holdfast-.*)$/i;

/** Where requests go, and what lets them in. */
export interface Access {
  readonly url: URL;
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is shown nowhere, beside the values themselves. */
  readonly secretParts: readonly string[];
  readonly authentication: (typeof authenticationSchema.enum)[number];
}

/**
 * What all types of this folder have in common. Checked again here, because a configuration may be older than
 * the rules.
 *
 * @param address the option that holds the address.
 * @throws ConnectorError `option_invalid`.
 */
export function readAccess(options: Options, address: { readonly option: string; readonly title: string }): Access {
  const { url, destination, login } = readHttpAddress(options[address.option], address.title);
  if (login !== undefined) {
    throw new ConnectorError('option_invalid', `The option “${address.title}” has a user or password in it, which is stored in clear.`, {
      remedy: 'Take them out of the address, choose “basic” as the authentication, and put the password into a secret.',
    });
  }
  return { url, destination, ...readAuthentication(options) };
}

function readAuthentication(options: Options): Pick<Access, 'headers' | 'secretParts' | 'authentication'> {
  const { authentication = 'none', credential, userName = '', headerName = headerNameSchema.default } = options;
  if (credential !== undefined && typeof credential !== 'string') throw invalidOption('Credential', 'is no text');
  if (authentication === 'none') {
    if (credential === undefined) return { headers: {}, secretParts: [], authentication };
    throw invalidOption('Authentication', 'says “none” though there is a credential', 'Choose how it is sent, or take it out.');
  }
  if (credential === undefined || credential === '') throw invalidOption('Credential', 'is not filled in', 'Choose a secret for it.');
  switch (authentication) {
    case 'bearer':
      if (/^bearer\s/i.test(credential))
        throw invalidOption('Credential', 'begins with “Bearer”', 'Replace the value with the token alone.');
      return { headers: { authorization: `Bearer ${headerValue(credential, 'Credential')}` }, secretParts: [], authentication };
    case 'basic': {
      if (typeof userName !== 'string') throw invalidOption('User name', 'is no text');
      const authorization = basicAuthorization(userName, credential);
      return { headers: { authorization }, secretParts: [authorization.slice('Basic '.length)], authentication };
    }
    case 'header': {
      const name = String(headerName);
      if (!new RegExp(headerNameSchema.pattern, 'u').test(name)) throw invalidOption('Header', 'is not the name of a header');
      if (RESERVED.test(name))
        throw invalidOption(
          'Header',
          `names ${name.toLowerCase()}, which has another meaning`,
          'Use the header that the service documents.',
        );
      return { headers: { [name.toLowerCase()]: headerValue(credential, 'Credential') }, secretParts: [], authentication };
    }
    default:
      throw invalidOption('Authentication', 'is not one of its choices');
  }
}

/** Keeps parts of the credential from being shown. */
export function protect({ secretParts }: Access, context: ConnectorContext): void {
  for (const part of secretParts) context.protect(part);
}

/**
 * What was asked of whom, and what can be done about a refusal: for `httpFailure`.
 *
 * @param document its name, when the request is about one.
 */
export function attemptOf({ url, authentication }: Access, document?: string): HttpAttempt {
  return {
    host: url.host,
    ...(document !== undefined && { document }),
    credentials:
      authentication === 'none'
        ? 'The service asks for credentials: choose an authentication, and a secret for it.'
        : 'Check the secret, how it is sent (Authentication), and what the service permits it to do.',
    notFound: 'Check the address in the component against the documentation of the service.',
  };
}
