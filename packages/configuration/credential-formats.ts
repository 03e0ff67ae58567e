/**
 * The forms of credentials that can be told from any other text, one row for each. `secret` is the part that
 * nobody else may read; without that group it is the whole match. A form without a mark of its own (a
 * password alone, 40 letters of base64) is not here: who is warned of names and paths stops to read warnings.
 * Lengths are bounded, so that a text of 64 KiB is looked through in one walk.
 *
 * Of what a service prints on its keys see https://docs.github.com/code-security/secret-scanning and the
 * service's own pages.
 */
export const CREDENTIAL_FORMATS = {
  'private-key': {
    words: 'a private key',
    pattern: /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/,
    through: /-----END [A-Z0-9 ]{1,60}-----/,
  },
  'webhook-url': {
    words: 'the URL of a webhook, which is a credential by itself',
    pattern: new RegExp(
      [
        'https://hooks\\.slack(?:-gov)?\\.com/(?:services|workflows|triggers)/[\\w/-]{20,200}',
        'https://(?:\\w{1,10}\\.)?discord(?:app)?\\.com/api/(?:v\\d{1,2}/)?webhooks/\\d{15,22}/[\\w-]{30,100}',
        'https://[\\w-]{1,60}\\.webhook\\.office\\.com/webhookb2/[^\\s"\']{40,400}',
        'https://[\\w.-]{1,100}\\.(?:logic\\.azure\\.com|powerplatform\\.com)(?::\\d{1,5})?/[^\\s"\']{10,400}[?&]sig=[\\w%-]{20,100}',
        'https://chat\\.googleapis\\.com/v1/spaces/[^\\s"\'?]{4,60}/messages\\?[^\\s"\']{0,100}token=[\\w%-]{20,100}',
      ].join('|'),
    ),
  },
  'azure-sas': {
    words: 'a shared access signature (SAS)',
    pattern:
      /(?:[?&;]|^|[\s"'=])(?:sv|se|sr|sp|st|skn|ss|srt|spr)=[^\s"']{1,600}?&sig=(?<secret>[A-Za-z0-9%+/=_-]{20,120})|(?:[?&]|^)sig=(?<also>[A-Za-z0-9%+/=_-]{20,120})&[^\s"']{0,600}?(?:sv|se)=/,
  },
  'presigned-url': {
    words: 'the signature of a presigned URL',
    pattern: /[?&]X-(?:Amz|Goog)-Signature=(?<secret>[0-9a-f]{64,600})/i,
  },
  'url-password': {
    words: 'a password in a URL',
    pattern: /\b[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/(?<user>[^\s/?#@:"'<>]{0,200}):(?<secret>[^\s/?#@"']{1,200})@[^\s/?#@]/,
  },
  'url-parameter': {
    words: 'a key in the query of a URL',
    pattern:
      /[?&](?:api[-_]?key|subscription[-_]key|access[-_]?(?:key|token)|auth[-_]?token|private[-_]?token|client[-_]?secret|password|passwd|pwd|secret|code|token|key|sig|signature)=(?<secret>(?=[^\s&#"']{0,300}\d)(?=[^\s&#"']{0,300}[A-Za-z])[^\s&#"']{16,300})/i,
  },
  'connection-string': {
    words: 'a password or key in a connection string',
    pattern:
      /(?:^|;)\s{0,3}(?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|PWD|Client ?Secret)\s{0,3}=\s{0,3}(?<secret>[^;\s"']{4,400}|"[^"]{4,400}"|'[^']{4,400}')/i,
    /** Settings that only a connection string has beside it. */
    beside:
      /(?:^|;)\s{0,3}(?:DefaultEndpointsProtocol|AccountName|Endpoint|EndpointSuffix|BlobEndpoint|Server|Data Source|Host|Driver|Database|Initial Catalog|User ?Id|UID|User(?:name)?)\s{0,3}=/i,
  },
  'libpq-password': {
    words: 'a password in a connection string',
    pattern: /(?:^|\s)password=(?<secret>[^\s']{4,200}|'[^']{4,200}')/,
    beside: /(?:^|\s)(?:host|hostaddr|dbname|user|port)=\S/,
  },
  authorization: {
    words: 'an Authorization header',
    pattern: /\b(?:Bearer|Basic|Token) {1,2}(?<secret>(?=[\w.+/=~-]{0,400}\d)(?=[\w.+/=~-]{0,400}[A-Za-z])[\w.+/=~-]{20,2000})/,
  },
  jwt: { words: 'a token (JWT)', pattern: /(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,6000}\.[\w-]{16,1000}/ },
  'aws-access-key-id': { words: 'an access key ID of AWS', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
  github: { words: 'a token of GitHub', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{50,255})\b/ },
  gitlab: { words: 'a token of GitLab', pattern: /\bgl(?:pat|dt|rt|cbt|ptt|soat|ft|agent)-[\w-]{20,100}/ },
  slack: { words: 'a token of Slack', pattern: /\bxox[abceoprs]-(?=[\w-]{0,200}\d)[\w-]{15,250}|\bxapp-\d-[\w-]{20,200}/ },
  anthropic: { words: 'an API key of Anthropic', pattern: /\bsk-ant-[a-z]{2,10}\d{2}-[\w-]{40,200}/ },
  openai: {
    words: 'an API key',
    pattern: /\bsk-(?:(?:proj|svcacct|admin|None)-[\w-]{20,250}|or-v1-[0-9a-f]{64}|(?=[A-Za-z0-9]{0,60}\d)[A-Za-z0-9]{32,64})(?![\w-])/,
  },
  stripe: { words: 'a key of Stripe', pattern: /\b(?:[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,100})/ },
  sendgrid: { words: 'an API key of SendGrid', pattern: /\bSG\.[\w-]{16,32}\.[\w-]{30,60}\b/ },
  google: { words: 'an API key of Google', pattern: /\b(?:AIza[\w-]{35}|GOCSPX-[\w-]{28})(?![\w-])/ },
  twilio: { words: 'an API key of Twilio', pattern: /\bSK[0-9a-f]{32}\b/ },
  mailgun: { words: 'an API key of Mailgun', pattern: /\bkey-[0-9a-f]{32}\b/ },
  npm: { words: 'a token of npm', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  pypi: { words: 'a token of PyPI', pattern: /\bpypi-AgE[\w-]{50,400}/ },
  'hugging-face': { words: 'a token of Hugging Face', pattern: /\bhf_[A-Za-z]{34}\b/ },
  'digital-ocean': { words: 'a token of DigitalOcean', pattern: /\bdo[oprt]_v1_[0-9a-f]{64}\b/ },
  databricks: { words: 'a token of Databricks', pattern: /\bdapi[0-9a-f]{32}(?:-\d)?\b/ },
  shopify: { words: 'a token of Shopify', pattern: /\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b/ },
  telegram: { words: 'a bot token of Telegram', pattern: /\b\d{8,10}:AA[\w-]{33}(?![\w-])/ },
  vault: { words: 'a token of Vault', pattern: /\bhv[sbr]\.[\w-]{24,300}/ },
  doppler: { words: 'a token of Doppler', pattern: /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,100}/ },
  linear: { words: 'an API key of Linear', pattern: /\blin_api_[A-Za-z0-9]{32,64}\b/ },
  notion: { words: 'a token of Notion', pattern: /\bntn_[A-Za-z0-9]{40,60}\b/ },
  postman: { words: 'an API key of Postman', pattern: /\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b/ },
  age: { words: 'a private key of age', pattern: /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/ },
  holdfast: { words: 'a token of Holdfast', pattern: /\bholdfast_(?:access_[0-9A-Za-z]{71}|(?:account|device|setup)_[0-9A-Za-z]{49})\b/ },
} as const satisfies Readonly<Record<string, CredentialFormat>>;

export interface CredentialFormat {
  /** What is found, as it stands in “This looks like …”. */
  readonly words: string;
  readonly pattern: RegExp;
  /** Up to which it goes, from the pattern on; without it in the text, to the end of that. */
  readonly through?: RegExp;
  /** Has to be found in the same text. */
  readonly beside?: RegExp;
}

export type CredentialKind = keyof typeof CREDENTIAL_FORMATS;
