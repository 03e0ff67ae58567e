/** Who did on the record what no person asked for, and what was done on the machine of Holdfast. */
export const DATA_PLANE = { kind: 'system', id: null, name: 'data plane' } as const;
export const OPERATOR = { kind: 'system', id: null, name: 'operator' } as const;
