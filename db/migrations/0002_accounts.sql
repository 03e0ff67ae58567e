-- Accounts, sessions, organizations, members and invitations: the tables of better-auth 1.7.25 with its
-- organization plugin, as its own migrations compile them, in their own schema and with what we add to them
-- marked "ours". Column names are the library's.

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

-- A token alone makes no session: the cookie also carries its HMAC under the session key, which is not in the
-- database.
create table auth."session" (
  "id" uuid primary key default gen_random_uuid(),
  "expiresAt" timestamptz not null,
  "token" text not null unique,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" uuid not null references auth."user" ("id") on delete cascade,
  "activeOrganizationId" text,
  "lastSeenAt" timestamptz not null default current_timestamp -- ours
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

-- All below is ours.

-- A one-time link whose holder has proved an address. Only the SHA-256 of its token is kept. The token of a
-- mailed link is made by the data plane, so that neither the control plane nor a job in the queue ever holds
-- it. What it is for:
--   operator    made on the operator's machine: makes the account of the address, or sets its password
--   invitation  mailed with an invitation: makes the account of the address, and touches none that exists
--   reset       mailed to the address of an account: sets its password
--   email       mailed to the address that an account is to have: gives it that address
create table account_link (
  id uuid primary key,
  purpose text not null check (purpose in ('operator', 'invitation', 'reset', 'email')),
  email text not null check (email = lower(email)),
  invitation_id uuid references auth."invitation" on delete cascade,
  user_id uuid references auth."user" on delete cascade,
  token_hash bytea unique check (length(token_hash) = 32),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  check ((purpose = 'invitation') = (invitation_id is not null)),
  check ((purpose in ('reset', 'email')) = (user_id is not null))
);
create index account_link_by_email on account_link (email);
create index account_link_by_invitation on account_link (invitation_id) where invitation_id is not null;
create index account_link_by_user on account_link (user_id) where user_id is not null;
create unique index account_link_one_new_address on account_link (user_id) where purpose = 'email';

-- The data plane may give a link of a mail its token, and touch no other link.
create function set_mailed_link(link uuid, hash bytea) returns boolean
language sql security definer set search_path = holdfast, pg_temp as $$
  with changed as (
    update account_link set token_hash = hash where id = link and purpose <> 'operator' and expires_at > latest_time() returning 1
  )
  select exists (select from changed)
$$;
revoke all on function set_mailed_link from public;

-- A mail to the holder of an account: with a link, or a notice of what was changed. It goes with its link.
create table account_mail (
  id uuid primary key,
  kind text not null check (kind in ('reset', 'email-proof', 'email-asked', 'email-changed', 'password-changed', 'organization-deletion',
    'destination-requested', 'secret-requested', 'secret-request-decided')),
  link_id uuid references account_link on delete cascade,
  recipient text not null,
  -- What the mail says: a name, an address, a time. Never anything that logs somebody in.
  detail jsonb not null,
  console_url text not null,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  -- In words for people; never what a server answered.
  failure text
);
create index account_mail_by_link on account_mail (link_id);
create index account_mail_by_time on account_mail (created_at);

-- Mails of invitations that were asked for, by day (UTC). It outlives the invitation, or withdrawing and
-- inviting again would have no end.
create table invitation_count (
  organization_id uuid not null,
  day date not null,
  user_id uuid not null,
  mails integer not null,
  primary key (organization_id, day, user_id)
);
create index invitation_count_by_user on invitation_count (user_id, day);

-- A mail that says that somebody is invited. It goes with the invitation.
create table invitation_mail (
  organization_id uuid not null,
  invitation_id uuid not null references auth."invitation" on delete cascade,
  link_id uuid not null references account_link on delete cascade,
  recipient text not null,
  organization_name text not null,
  inviter_name text not null,
  role text not null,
  -- Where people reach the console, without a path.
  console_url text not null,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  -- In words for people; never what a server answered.
  failure text,
  primary key (organization_id, invitation_id)
);
create index invitation_mail_by_time on invitation_mail (organization_id, created_at);
create index invitation_mail_by_link on invitation_mail (link_id);

-- The data plane says here that it can send mail, and from which address. No row: it cannot.
create table mail_sender (
  singleton boolean primary key default true check (singleton),
  sender text not null
);

-- Browsers and machines on which the right password was given: limits that strangers can use up do not hold
-- for them.
create table known_device (
  user_id uuid not null references auth."user" on delete cascade,
  id uuid not null default gen_random_uuid() unique,
  token_hash bytea not null check (length(token_hash) = 32),
  expires_at timestamptz not null,
  last_used_at timestamptz not null default now(),
  -- When the password was given there last.
  address text,
  user_agent text,
  primary key (user_id, token_hash)
);

-- Attempts to sign in that failed. The key is an HMAC of what is counted: who reads this table learns no
-- address from it.
create table sign_in_counter (
  key bytea primary key check (length(key) = 32),
  failures real not null,
  counted_at timestamptz not null default now()
);
create index sign_in_counter_by_time on sign_in_counter (counted_at);
