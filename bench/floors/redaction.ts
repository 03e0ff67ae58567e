/** The least that could look for one value in bytes that come in pieces: each is searched, and copied. */
export function redactionFloor(value: string): (piece: Buffer) => Buffer {
  const bytes = Buffer.from(value);
  return (piece) => {
    if (piece.indexOf(bytes) >= 0) throw new Error('The value is not in the text.');
    return Buffer.from(piece);
  };
}
