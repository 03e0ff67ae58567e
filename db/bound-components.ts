/** The current version of the secret `s`, with its sealed bytes. */
export const CURRENT_VALUE = `
  left join secret_version v on v.organization_id = s.organization_id and v.secret_id = s.id and v.state = 'current'
  left join sealed_value sealed on sealed.organization_id = v.organization_id and sealed.version_id = v.id`;

/**
 * What a component `c` is bound to, with the sealed bytes of each current version: a row for each binding, or
 * one for none. The one author of what a use reads of a component.
 */
export const BOUND_TO = `
  left join binding b on b.organization_id = c.organization_id and b.consumer_id = c.id
  left join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
  ${CURRENT_VALUE}`;

/** The projects that may use the secret. */
export const SCOPE = `array(select x.project_id::text from secret_scope x
  where x.organization_id = s.organization_id and x.secret_id = s.id)`;

/**
 * Such a row as a number, which is another one once anything of it but the sealed bytes is; those belong to
 * the version for ever. Those of a component together, by `bit_xor`, say as what it was read.
 *
 * Nothing is trusted because of it: who makes another row of the same number has what was read before used,
 * which the record vouches for at each use.
 */
export const ROW_READ_AS = `hash_record_extended(row(
  c.name, c.type, c.project_id, c.configuration, c.revision, b.option, b.reference, b.secret_name,
  s.id, s.name, s.component_id, s.all_projects, s.expires_at, s.destinations, s.destination_decisions,
  v.id, v.key_id, sealed.version_id, ${SCOPE}), 0)`;
