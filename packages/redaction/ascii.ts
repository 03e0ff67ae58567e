/** Bytes that mean something in an escape, by their names in ASCII. */
export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const HASH = 0x23;
export const PERCENT = 0x25;
export const AMPERSAND = 0x26;
export const PLUS = 0x2b;
export const SEMICOLON = 0x3b;
export const BACKSLASH = 0x5c;
export const LETTER_U = 0x75;
export const LETTER_X = 0x78;
