import { may, type Permission, type Role } from '@holdfast/api';
import { useParams } from '@tanstack/react-router';
import { createContext, useContext } from 'react';

export interface CurrentOrganization {
  id: string;
  name: string;
  slug: string;
  role: Role;
  /** Nobody else is an owner. */
  onlyOwner: boolean;
  /** When it is deleted, if an owner has asked for that. */
  deletesAt: string | null;
  user: { id: string; name: string; email: string };
}

export const OrganizationContext = createContext<CurrentOrganization | undefined>(undefined);

/** The organization whose page is open, with the caller's role. Only below the shell. */
export function useOrganization(): CurrentOrganization & { may: (permission: Permission) => boolean } {
  const organization = useContext(OrganizationContext);
  if (organization === undefined) throw new Error('useOrganization is used outside the pages of an organization.');
  return { ...organization, may: (permission) => may(organization.role, permission) };
}

/** The organization that the address names, if any. */
export function useOrganizationSlug(): string | undefined {
  return useParams({ strict: false, select: (parameters: { organization?: string }) => parameters.organization });
}
