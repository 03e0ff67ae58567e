/**
 * Bytes from a terminal in raw mode become one hidden text. Pure: it reads no terminal and knows no time but
 * {@link HiddenText.quiet}.
 */

export interface HiddenTextOptions {
  /** `one`: a password or token; a second line is refused. `many`: also a whole file that is pasted. */
  readonly lines: 'one' | 'many';
  /** Of UTF-8. */
  readonly maximumBytes: number;
  /** Enter does not end it; only the end sign does. */
  readonly document?: boolean;
}

export type HiddenTextOutcome =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'refused'; readonly reason: 'several-lines' | 'too-large' | 'not-utf-8' | 'control-characters' | 'after-the-end' };

/** What may be shown of it: sizes, never a piece. */
export interface HiddenTextSize {
  readonly lines: number;
  readonly bytes: number;
  readonly characters: number;
  /** Enter adds a line, and the end sign ends. */
  readonly waitsForEndSign: boolean;
  readonly pasted: boolean;
}

export interface HiddenText {
  take(bytes: Uint8Array): void;
  /** Nothing has come for a while: what Enter or an end sign ended is over. */
  quiet(): void;
  outcome(): HiddenTextOutcome | undefined;
  size(): HiddenTextSize;
}

const [CTRL_C, CTRL_D, BACKSPACE, TAB, LINE_FEED, CARRIAGE_RETURN] = [0x03, 0x04, 0x08, 0x09, 0x0a, 0x0d];
const [CTRL_U, CTRL_BACKSLASH, ESCAPE, DOT, OPENING_BRACKET, SINGLE_SHIFT_3, DELETE] = [0x15, 0x1c, 0x1b, 0x2e, 0x5b, 0x4f, 0x7f];
const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';
/** A longer one is none, and only bytes. */
const SEQUENCE_MAXIMUM_BYTES = 32;

/**
 * A terminal with bracketed paste marks where a paste begins and ends: everything between is text, its line
 * ends become LF. Without the marks a paste looks like fast typing: lines that follow Enter at once make a
 * text of many lines, which an end sign ends (Ctrl-D, or a line with a single dot). Ctrl-C and Ctrl-\ cancel,
 * also within a paste whose end never comes.
 */
export function hiddenText({ lines, maximumBytes, document = false }: HiddenTextOptions): HiddenText {
  // One more for the line end that is taken away.
  const text = new Uint8Array(maximumBytes + 1);
  let length = 0;
  let sequence = '';
  let pasting = false;
  let pasted = false;
  let afterCarriageReturn = false;
  let waitsForEndSign = document;
  /** Enters of a text of one line that nothing has followed yet. */
  let enters = 0;
  let ended = false;
  let tooLarge = false;
  let ignoredControls = false;
  let outcome: HiddenTextOutcome | undefined;

  const refuse = (reason: Extract<HiddenTextOutcome, { kind: 'refused' }>['reason']) => settle({ kind: 'refused', reason });
  const settle = (found: HiddenTextOutcome) => {
    outcome ??= found;
    text.fill(0);
    length = 0;
  };
  const append = (byte: number) => {
    if (length === text.length) tooLarge = true;
    else text[length++] = byte;
  };
  const startsBlock = () => begins(text, length, '-----BEGIN ') && !contains(text, length, '-----END ');

  const finish = () => {
    if (outcome !== undefined) return;
    if (tooLarge) return refuse('too-large');
    const end = length > 0 && text[length - 1] === LINE_FEED ? length - 1 : length;
    if (end > maximumBytes) return refuse('too-large');
    const content = text.subarray(0, end);
    if (lines === 'one' && content.includes(LINE_FEED)) return refuse('several-lines');
    if (ignoredControls && content.includes(LINE_FEED)) return refuse('control-characters');
    try {
      settle({ kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content) });
    } catch {
      refuse('not-utf-8');
    }
  };

  const lineEnd = () => {
    if (ended) return;
    if (!waitsForEndSign) {
      enters += 1;
      // The terminal has shown that it marks pastes, so this Enter was pressed.
      if (pasted && !startsBlock()) finish();
      else if (lines === 'many' && enters === 1 && startsBlock()) continueWithLines();
      return;
    }
    if (lastLineIsDot(text, length)) {
      length -= 1;
      ended = true;
    } else append(LINE_FEED);
  };
  const continueWithLines = () => {
    if (lines === 'one') return refuse('several-lines');
    for (; enters > 0; enters -= 1) append(LINE_FEED);
    waitsForEndSign = true;
  };

  const typed = (byte: number) => {
    if (byte === CARRIAGE_RETURN || byte === LINE_FEED) {
      if (!(byte === LINE_FEED && afterCarriageReturn)) lineEnd();
      return;
    }
    if (byte === CTRL_D) {
      if (length === 0 && enters === 0) settle({ kind: 'cancelled' });
      else ended = true;
      return;
    }
    if (ended) return refuse('after-the-end');
    if (enters > 0) continueWithLines();
    if (outcome !== undefined) return;
    if (byte === DELETE || byte === BACKSPACE) {
      do length = Math.max(0, length - 1);
      while (length > 0 && ((text[length] ?? 0) & 0xc0) === 0x80);
    } else if (byte === CTRL_U) {
      length = 0;
      tooLarge = false;
      ignoredControls = false;
      waitsForEndSign = document;
    } else if (byte < 0x20 && byte !== TAB) ignoredControls = true;
    else append(byte);
  };

  const inPaste = (byte: number) => {
    if (byte === CARRIAGE_RETURN || (byte === LINE_FEED && !afterCarriageReturn)) append(LINE_FEED);
    else if (byte !== LINE_FEED) append(byte);
  };

  const plain = (byte: number) => {
    if (pasting) inPaste(byte);
    else typed(byte);
    afterCarriageReturn = byte === CARRIAGE_RETURN;
  };

  const continueSequence = (byte: number) => {
    if (pasting) {
      if (PASTE_END.startsWith(sequence + String.fromCharCode(byte))) {
        sequence += String.fromCharCode(byte);
        if (sequence !== PASTE_END) return;
        pasting = false;
        afterCarriageReturn = false;
        sequence = '';
        return;
      }
      // Not the end of the paste: its bytes are text.
      const kept = sequence;
      sequence = '';
      for (const character of kept) plain(character.charCodeAt(0));
      step(byte);
      return;
    }
    sequence += String.fromCharCode(byte);
    if (sequence.length === 2 && (byte === OPENING_BRACKET || byte === SINGLE_SHIFT_3)) return;
    if (byte === ESCAPE) {
      sequence = '\x1b';
      return;
    }
    const complete = sequence[1] !== '[' || (byte >= 0x40 && byte <= 0x7e) || sequence.length > SEQUENCE_MAXIMUM_BYTES;
    if (!complete) return;
    if (sequence === PASTE_BEGIN) beginPaste();
    else if (sequence !== PASTE_END) ignoredControls = true;
    sequence = '';
  };
  const beginPaste = () => {
    if (ended) return refuse('after-the-end');
    if (enters > 0) continueWithLines();
    pasting = outcome === undefined;
    pasted = true;
    afterCarriageReturn = false;
  };

  const step = (byte: number) => {
    if (outcome !== undefined) {
      if (outcome.kind === 'text' && byte !== CARRIAGE_RETURN && byte !== LINE_FEED) outcome = { kind: 'refused', reason: 'after-the-end' };
      return;
    }
    if (byte === CTRL_C || byte === CTRL_BACKSLASH) settle({ kind: 'cancelled' });
    else if (sequence !== '') continueSequence(byte);
    else if (byte === ESCAPE) sequence = '\x1b';
    else plain(byte);
  };

  return {
    take(bytes) {
      for (const byte of bytes) step(byte);
    },
    quiet() {
      // Esc was pressed alone.
      if (sequence === '\x1b' && !pasting) sequence = '';
      if (!pasting && (ended || enters > 0 || tooLarge)) finish();
    },
    outcome: () => outcome,
    size() {
      const content = text.subarray(0, length);
      let breaks = 0;
      let characters = 0;
      for (const byte of content) {
        if (byte === LINE_FEED) breaks += 1;
        if ((byte & 0xc0) !== 0x80) characters += 1;
      }
      const opensLine = length > 0 && content[length - 1] !== LINE_FEED ? 1 : 0;
      return { lines: breaks + opensLine, bytes: length, characters, waitsForEndSign, pasted };
    },
  };
}

function lastLineIsDot(text: Uint8Array, length: number): boolean {
  return length > 0 && text[length - 1] === DOT && (length === 1 || text[length - 2] === LINE_FEED);
}

function begins(text: Uint8Array, length: number, start: string): boolean {
  return Buffer.from(text.buffer, 0, length).subarray(0, start.length).equals(Buffer.from(start));
}

function contains(text: Uint8Array, length: number, part: string): boolean {
  return Buffer.from(text.buffer, 0, length).includes(part);
}
