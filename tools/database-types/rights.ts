import type { Column } from './columns.ts';

type Right = 'select' | 'insert' | 'update';
const RIGHTS: readonly Right[] = ['select', 'insert', 'update'];

/**
 * db/tables-<plane>.ts: the tables that a plane's role may use, with the columns on which it has each right.
 */
export function grantedTables(plane: 'control' | 'data', role: string, columns: readonly Column[]): string {
  const tables = Map.groupBy(columns, ({ schema, table }) => (schema === 'auth' ? `auth.${table}` : table));
  const listed = (table: readonly Column[], right: Right): string | undefined => {
    const granted = table.filter(({ rights }) => rights[role]?.[right]);
    if (granted.length === 0) return undefined;
    return granted.length === table.length ? "'*'" : granted.map(({ column }) => `'${column}'`).join(' | ');
  };
  const readable: string[] = [];
  const unread: string[] = [];
  for (const [name, table] of tables) {
    const insertsUnread = table.some(({ rights: { [role]: own } }) => own?.insert && !own.select);
    const rights = RIGHTS.flatMap((right) => {
      const granted = right === 'insert' && insertsUnread ? undefined : listed(table, right);
      return granted === undefined ? [] : [`${right}: ${granted}`];
    });
    if (listed(table, 'select') !== undefined) readable.push(`'${name}': Granted<'${name}', { ${rights.join('; ')} }>;`);
    if (insertsUnread) unread.push(`'${name}': Unread<'${name}', ${listed(table, 'insert')}>;`);
  }
  const name = plane === 'control' ? 'Control' : 'Data';
  return `import type { Granted${unread.length > 0 ? ', Unread' : ''} } from './granted.ts';

/**
 * Made by \`node tools/database-types.ts\`: the tables and columns that the ${plane} plane's role may read
 * and write, as PostgreSQL answers after migrations and roles.sql. A table or column without a right is not
 * here.
 */
export interface ${name}Tables {
${readable.join('\n')}
}
${
  unread.length === 0
    ? ''
    : `
/** Tables of which it may not read every column that it inserts. */
export interface ${name}UnreadTables {
${unread.join('\n')}
}
`
}`;
}
