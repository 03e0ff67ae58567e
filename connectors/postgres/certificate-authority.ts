import { invalidOption } from '@holdfast/connector';

/**
 * Certificates in PEM, put into lines again: a form of one line takes their line breaks away. `undefined`
 * when the option is empty.
 *
 * @throws ConnectorError `option_invalid`
 */
export function readCertificateAuthority(option: unknown): string | undefined {
  if (option === undefined || option === '') return undefined;
  const found =
    typeof option === 'string' ? [...option.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)] : [];
  if (found.length === 0) {
    throw invalidOption('Certificate authority', 'holds no certificate', 'Paste the whole file, from -----BEGIN CERTIFICATE----- on.');
  }
  return found
    .map(([, body = '']) => {
      const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
      return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
    })
    .join('');
}
