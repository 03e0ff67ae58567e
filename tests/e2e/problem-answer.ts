/** What a test answers in the place of a plane, for `route.fulfill`. */
export function problemAnswer(status: number, code: string, detail: string) {
  const remedy =
    code === 'internal' ? 'Try again; if it stays, give the operator the request id.' : 'Try again in a moment; nothing was done.';
  const body = { type: 'about:blank', title: 'It failed', status, code, detail, remedy, requestId: 'request-of-the-test' };
  return { status, contentType: 'application/problem+json', body: JSON.stringify(body) };
}
