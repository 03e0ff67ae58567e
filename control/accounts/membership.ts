import type { Rights, Role } from '@holdfast/api';

/** An organization, as a caller has to do with it. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  /** What the caller may in it, as the database holds it at this request. */
  readonly rights: Rights;
}

/** An organization that the caller is a member of: its rights are a role. */
export interface Membership extends Organization {
  readonly memberId: string;
  readonly rights: Role;
}
