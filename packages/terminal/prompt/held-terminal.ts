import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

const BRACKETED_PASTE_ON = '\x1b[?2004h';
const BRACKETED_PASTE_OFF = '\x1b[?2004l';
const [CTRL_C, LINE_FEED, CARRIAGE_RETURN] = [0x03, 0x0a, 0x0d];
/** Without input for so long, a terminal is taken to be quiet at the end. */
const QUIET_AT_END_MILLISECONDS = 50;
/** In the middle of input: pieces of a paste come further apart. */
const QUIET_IN_INPUT_MILLISECONDS = 300;
/** A process that is ending waits no longer. */
const DRAIN_AT_END_MAXIMUM_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 5;
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * The terminal in raw mode, with its pastes marked. It is held until the process ends, so that what comes
 * late (a slow paste, a second one) is read away here and never reaches the shell as a command.
 */
export interface HeldTerminal {
  /** Writes to the terminal itself, wherever the answers go. */
  write(text: string): void;
  readonly columns: number;
  /** Gives what is read to `take` from now on; `undefined`: it is read away, and counts as late. */
  listen(take: ((bytes: Uint8Array) => void) | undefined, gone?: () => void): void;
  /** Something came while nobody listened. */
  readonly hadLateInput: boolean;
  /** Reads away what waits, and gives the terminal back as it was. */
  release(): void;
}

let held: HeldTerminal | undefined;

/** The terminal that is held now. */
export function heldTerminal(): HeldTerminal | undefined {
  return held;
}

/** Holds the terminal of standard input, which must be one. */
export function holdTerminal(): HeldTerminal {
  if (held !== undefined) return held;
  const screen = screenDescriptor();
  const write = (text: string) => {
    try {
      writeSync(screen, text);
    } catch {
      // It is gone, or full: what is shown is no reason to fail.
    }
  };
  let take: ((bytes: Uint8Array) => void) | undefined;
  let gone: (() => void) | undefined;
  let hadLateInput = false;
  const onData = (bytes: Buffer) => {
    if (take !== undefined) return take(bytes);
    // In raw mode the terminal makes no signal of it.
    if (bytes.includes(CTRL_C)) process.kill(process.pid, 'SIGINT');
    // Enter once more is no piece of a value.
    if (bytes.some((byte) => byte !== LINE_FEED && byte !== CARRIAGE_RETURN)) hadLateInput = true;
  };
  const onGone = () => gone?.();
  const endBySignal = (signal: NodeJS.Signals) => {
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    if (held === undefined) return;
    held = undefined;
    for (const signal of ENDING_SIGNALS) process.off(signal, endBySignal);
    process.off('exit', release);
    write(BRACKETED_PASTE_OFF);
    readAway(hadLateInput || take !== undefined ? QUIET_IN_INPUT_MILLISECONDS : QUIET_AT_END_MILLISECONDS);
    process.stdin.off('data', onData).off('end', onGone).off('error', onGone).pause();
    try {
      process.stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  };
  process.on('exit', release);
  for (const signal of ENDING_SIGNALS) process.on(signal, endBySignal);
  process.stdin.setRawMode(true);
  write(BRACKETED_PASTE_ON);
  process.stdin.on('data', onData).on('end', onGone).on('error', onGone).resume();
  held = {
    write,
    columns: process.stderr.columns || process.stdout.columns || 80,
    listen(newTake, newGone) {
      take = newTake;
      gone = newGone;
      // While nobody listens it is no reason for the process to stay.
      if (newTake === undefined) process.stdin.unref();
      else process.stdin.ref();
    },
    get hadLateInput() {
      return hadLateInput;
    },
    release,
  };
  return held;
}

function screenDescriptor(): number {
  if (process.stderr.isTTY) return process.stderr.fd;
  try {
    return openSync('/dev/tty', constants.O_WRONLY | constants.O_NOCTTY);
  } catch {
    return process.stderr.fd;
  }
}

/**
 * In one go, since a process that ends runs no timers. Where the terminal has no such device (Windows),
 * nothing is read.
 */
function readAway(quietMilliseconds: number): void {
  let terminal: number;
  try {
    terminal = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return;
  }
  const piece = Buffer.alloc(4_096);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const began = performance.now();
  let last = began;
  try {
    while (performance.now() - last < quietMilliseconds && performance.now() - began < DRAIN_AT_END_MAXIMUM_MILLISECONDS) {
      if (readSome(terminal, piece) > 0) last = performance.now();
      else Atomics.wait(pause, 0, 0, LOOK_MILLISECONDS);
    }
  } catch {
    // It is gone: nothing of it reaches anybody.
  } finally {
    piece.fill(0);
    closeSync(terminal);
  }
}

function readSome(terminal: number, piece: Buffer): number {
  try {
    return readSync(terminal, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
