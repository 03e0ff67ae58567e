/**
 * A value with fewer characters turns up by chance, and is not looked for: it would take innocent text with
 * it.
 */
export const SHORTEST_PROTECTED_CHARACTERS = 8;

/** Of what nothing calls a secret, only what is as long as a key is, and as mixed, is taken for one. */
const SHORTEST_RANDOM_CHARACTERS = 16;
const LEAST_DIFFERENT_CHARACTERS = 4;
const LEAST_DIFFERENT_IN_RANDOM = 10;

/**
 * Words of eight letters and more with which logs, configurations and errors are made. A person who has one
 * as a password has a password that everybody knows; taking it out would blank the log, and show where it
 * was.
 */
const COMMON = new Set(
  `accepted accesskey accountkey accountname activated administrator algorithm allowed amazonaws anonymous
  apikey application application/json archived attachment authorization authenticated authentication available
  azurewebsites base64url basic_auth blobendpoint bucketname cancelled certificate changeit changeme client_email
  client_id client_secret completed component conditions config.json configuration connected connection
  connectionstring connector container content-type continue credential credentials customer database datasource
  default-src defaultendpointsprotocol delivered description destination development disabled disconnected document
  documents endpoint endpointsuffix environment exception executing expiration external failed_login filename
  finished forbidden function generated gracefully handshake hostname identifier identity includesubdomains
  information initialized instance integration internal invalid_grant keepalive key-value last-modified library
  localhost location logging_level longitude maintenance management message-id messages metadata microsoft migration
  milliseconds monitoring multipart namespace not-found notification null-value operation operator optional organization
  original parameter parameters password password1 passphrase pathname pending_review permission permissions persistent
  pipeline placeholder platform postgres postgresql previous principal private_key private_key_id processing production
  programming project_id projectid protected protocol provider publisher pushed_at readonly received recipient
  redirect refresh_token refused_by registered rejected relation released remaining repository required reserved
  resource response responses restarted retrying_in revision rotation rowcount schedule scheduled security
  sensitive sequence serialized service_account service-account services session_id sharedaccesskey sharedaccesskeyname
  sharedaccesssignature signature simplified standard starting statement statistics status_code storage_account
  subscription succeeded successful superuser suspended template temporary terminated testing123 text/html text/plain
  threshold timestamp timeouts together token_type transaction transferred trusted_proxy undefined unauthorized
  unavailable universe_domain unknown_error unlimited unsupported user-agent username validated validation variable
  verification verified_by visibility warnings webhook_url windows.net workflow workflows workspace`.split(/\s+/),
);

/** Whether a text that is called a secret, or is one as a whole, may be looked for without blanking a log. */
export function isDistinctive(text: string): boolean {
  return text.length >= SHORTEST_PROTECTED_CHARACTERS && !COMMON.has(text.trim().toLowerCase());
}

/** The same of a part of a value: also not a row of stars. */
export function isDistinctivePart(text: string): boolean {
  return isDistinctive(text) && new Set(text).size >= LEAST_DIFFERENT_CHARACTERS;
}

/** Identifiers are not secret, and stand in many lines of a log. */
const UUID = /^(?=(?:[^-]*-){4}[^-]*$)[0-9a-f-]{36}$/i;
/**
 * One run of the letters and digits with which keys are written, of which some are digits and some letters.
 */
const RANDOM_RUN = new RegExp(`^(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/=_-]{${SHORTEST_RANDOM_CHARACTERS},}$`);
const WORDS_WITH_A_NUMBER =
  /^[A-Za-z]{2,20}(?:[-_/][A-Za-z]{2,20})*[-_/]?[0-9]{1,8}$|^[0-9]{1,8}[-_/]?[A-Za-z]{2,20}(?:[-_/][A-Za-z]{2,20})*$/;
const DATE = /^\d{4}-?\d{2}-?\d{2}(?:[T_-]?[\d:-]+Z?)?$/;

/** Whether a text looks as keys and tokens look that a machine made. */
export function looksRandom(text: string): boolean {
  if (changesCase(text)) return true;
  if (!RANDOM_RUN.test(text) || UUID.test(text) || DATE.test(text) || WORDS_WITH_A_NUMBER.test(text)) return false;
  // A name of words and numbers in a row: none of its pieces is as long as a key, and they are in lower case.
  const pieces = text.split(/[-_/]/);
  const longest = pieces.reduce((most, piece) => Math.max(most, piece.length), 0);
  const mixedCase = /[a-z]/.test(text) && /[A-Z]/.test(text);
  if (pieces.length > 1 && longest < SHORTEST_RANDOM_CHARACTERS && !mixedCase) return false;
  return new Set(text).size >= LEAST_DIFFERENT_IN_RANDOM;
}

/** Letters without a digit that change between upper and lower case more often than words do. */
function changesCase(text: string): boolean {
  if (!/^[A-Za-z]{20,}$/.test(text)) return false;
  const changes = text.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0;
  return changes * 5 >= text.length * 2;
}
