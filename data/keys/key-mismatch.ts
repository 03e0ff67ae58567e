/**
 * A public key in the database is not the one that belongs to the private key: it was exchanged. Starting
 * with it would vouch for it.
 */
export class KeyMismatch extends Error {
  override readonly name = 'KeyMismatch';

  constructor(what: string) {
    super(`${what} It was changed by hand; put back the row from a backup. Nobody should trust a fingerprint shown meanwhile.`);
  }
}
