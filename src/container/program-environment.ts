/** What every program gets from the site: a place to find programs and a language without surprises; not the container's own variables. */
export const siteEnvironment = (configured: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  ...configured,
})
