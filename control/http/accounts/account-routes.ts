import type { Server } from '@holdfast/endpoints';
import type { Control } from '../../control.ts';
import { prolongSession } from './prolong-session.ts';
import { signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';

/** The only endpoints of the account library that can be reached; its other paths do not exist here. */
const ACCOUNT_ROUTES = {
  '/api/auth/sign-in/email': signIn,
  '/api/auth/sign-out': signOut,
  '/api/auth/prolong-session': prolongSession,
} as const;

export function registerAccountRoutes(server: Server, control: Control): void {
  for (const [url, handle] of Object.entries(ACCOUNT_ROUTES)) {
    server.post(url, (request, reply) => {
      control.workload.countPublic(request.clientAddress);
      return handle(control, request, reply);
    });
  }
}
