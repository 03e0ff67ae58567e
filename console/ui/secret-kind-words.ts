import type { SECRET_KINDS } from '@holdfast/api';

type SecretKind = (typeof SECRET_KINDS)[number];

/** As it stands alone. */
export const SECRET_KIND_WORDS: Readonly<Record<SecretKind, string>> = {
  'api-key': 'API key',
  password: 'Password',
  'connection-string': 'Connection string',
  'cloud-storage': 'Cloud storage',
  token: 'Token',
  'webhook-url': 'Webhook URL',
  other: 'Other',
};

/** Inside a sentence: "connection string", "API key". */
export function secretKindInSentence(kind: SecretKind): string {
  const words = SECRET_KIND_WORDS[kind];
  return kind === 'api-key' ? words : words.charAt(0).toLowerCase() + words.slice(1);
}
