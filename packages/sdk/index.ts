/**
 * A client of Holdfast's control API, for browsers and Node. `@holdfast/sdk/node` adds the profile that
 * `holdfast login` keeps.
 */
export { changeSecret, type SecretChange } from './change-secret.ts';
export { type CallRequest, type Client, type ClientOptions, createClient, ParameterError, TokenError } from './client.ts';
export { type Dotenv, type DotenvEntry, type DotenvFault, type DotenvRule, parseDotenv } from './dotenv.ts';
export { readEvents, type ServerEvent } from './events.ts';
export { fetchSealingKey, type SealingKeyOptions, trustSigningKey } from './fetch-sealing-key.ts';
export { expectedOrganizationId } from './organization-id.ts';
export { readAll } from './pages.ts';
export { type Pin, type Pins, pinOrganization } from './pins.ts';
export { ProblemError } from './problem-error.ts';
export { type SecretMetadataToSet, type SecretSet, type SecretToSet, setSecret } from './set-secret.ts';
