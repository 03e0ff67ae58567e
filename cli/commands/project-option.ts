/** Where a name may be there in several projects. */
export const PROJECT_OPTION = ['--project <name>', 'its project, when several have the name'] as const;
