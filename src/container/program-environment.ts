/** What every program gets from the site: a place to find programs and a language without surprises; not the container's own variables. */
export const siteEnvironment = (configured: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  // Open MPI starts nothing as root unless it is told twice; whoever runs a container as root was told, too.
  ...(process.getuid?.() === 0 ? { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' } : {}),
  ...configured,
})
