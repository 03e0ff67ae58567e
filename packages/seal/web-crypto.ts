/**
 * Browsers give pages `crypto.subtle` only over https and on localhost.
 *
 * @throws Error, in words for the person who opened the page, where there is none.
 */
export function requireWebCrypto(): void {
  if (globalThis.crypto?.subtle === undefined) {
    throw new Error('This page was not loaded securely, so it cannot seal. Open Holdfast over https, or on localhost.');
  }
}

/**
 * Verifies an Ed25519 signature (RFC 8032), in software where the browser's own WebCrypto does not know the
 * algorithm.
 */
export async function verifyEd25519(
  publicKey: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotSupportedError') return false;
    const { ed25519 } = await import('./software-signatures.ts');
    return verifyInSoftware(ed25519, publicKey, signature, message);
  }
  return crypto.subtle.verify('Ed25519', key, signature, message);
}

function verifyInSoftware(
  ed25519: { verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, options: { zip215: false }): boolean },
  publicKey: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false; // it throws for a public key that is not a point of the curve
  }
}
