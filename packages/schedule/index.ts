/** Times of a schedule, in a zone: what a person may write, and when it is due. */
export { cronFault, isTimeOf, latestTime, nextTimes, timeZoneFault } from './cron.ts';
