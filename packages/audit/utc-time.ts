const FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Whether the text is a moment that exists, in UTC with milliseconds: `2026-11-23T10:00:00.000Z`. */
export function isUtcTime(text: string): boolean {
  if (!FORM.test(text)) return false;
  const moment = new Date(text);
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === text;
}
