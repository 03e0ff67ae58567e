import type { FastifyReply } from 'fastify';

/** Says of something whose changes are counted which revision is answered; `If-Match` takes it. */
export function tagRevision(reply: FastifyReply, { revision }: { readonly revision: number }): void {
  reply.header('etag', `"${revision}"`);
}
