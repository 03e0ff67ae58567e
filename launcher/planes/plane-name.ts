/** The two kinds of process that the launcher starts beside PostgreSQL. */
export type PlaneName = 'control' | 'data';
