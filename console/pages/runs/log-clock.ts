/** "00:03:27" in the reader's zone, in 24 hours whatever the language. */
export function logClock(time: string, locales?: string): string {
  // `hour12: false` leaves it to the language whether midnight is 0 or 24.
  return new Date(time).toLocaleTimeString(locales, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}
