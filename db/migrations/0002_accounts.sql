-- Accounts, sessions, organizations, members and invitations: the tables of better-auth 1.7.25 with its organization plugin, as its own
-- migrations compile them, in their own schema and with what we add to them marked "ours". Column names are the library's.

create schema if not exists auth;

create table auth."user" (
  "id" uuid primary key default gen_random_uuid(),
  "name" text not null,
  "email" text not null unique check ("email" = lower("email")), -- the check is ours
  "emailVerified" boolean not null,
  "image" text,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp
);

-- A token alone makes no session: the cookie also carries its HMAC under the session key, which is not in the database.
create table auth."session" (
  "id" uuid primary key default gen_random_uuid(),
  "expiresAt" timestamptz not null,
  "token" text not null unique,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" uuid not null references auth."user" ("id") on delete cascade,
  "activeOrganizationId" text
);
create index "session_userId_idx" on auth."session" ("userId");

create table auth."account" (
  "id" uuid primary key default gen_random_uuid(),
  "accountId" text not null,
  "providerId" text not null,
  "userId" uuid not null references auth."user" ("id") on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  "scope" text,
  "password" text,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null
);
create index "account_userId_idx" on auth."account" ("userId");
create unique index account_one_of_a_provider on auth."account" ("providerId", "accountId"); -- ours

create table auth."verification" (
  "id" uuid primary key default gen_random_uuid(),
  "identifier" text not null,
  "value" text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp
);
create index "verification_identifier_idx" on auth."verification" ("identifier");

create table auth."organization" (
  "id" uuid primary key default gen_random_uuid(),
  "name" text not null,
  "slug" text not null unique check ("slug" ~ '^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$'), -- the check is ours
  "logo" text,
  "createdAt" timestamptz not null,
  "metadata" text
);

create table auth."member" (
  "id" uuid primary key default gen_random_uuid(),
  "organizationId" uuid not null references auth."organization" ("id") on delete cascade,
  "userId" uuid not null references auth."user" ("id") on delete cascade,
  "role" text not null check ("role" in ('owner', 'admin', 'editor', 'viewer')), -- the check is ours
  "createdAt" timestamptz not null
);
create index "member_organizationId_idx" on auth."member" ("organizationId");
create index "member_userId_idx" on auth."member" ("userId");
create unique index member_once_in_an_organization on auth."member" ("organizationId", "userId"); -- ours

create table auth."invitation" (
  "id" uuid primary key default gen_random_uuid(),
  "organizationId" uuid not null references auth."organization" ("id") on delete cascade,
  "email" text not null,
  "role" text check ("role" in ('owner', 'admin', 'editor', 'viewer')), -- the check is ours
  "status" text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default current_timestamp,
  "inviterId" uuid not null references auth."user" ("id") on delete cascade,
  sequence bigint not null generated always as identity -- ours
);
create index "invitation_organizationId_idx" on auth."invitation" ("organizationId");
create index "invitation_email_idx" on auth."invitation" ("email");
create unique index invitation_once_pending on auth."invitation" ("organizationId", lower("email")) where "status" = 'pending'; -- ours
