/** The longest FQAN, in characters. */
const longest = 512

/** A VO's name, as it may stand in the name of a directory. */
export const isVoName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text)

/**
 * A fully qualified attribute name (GFD.182 section 3.4.2) in one spelling: `/vo/group/Role=production`. What says nothing
 * (`Role=NULL`, and the capability, which nobody has used for long) is left out. Undefined when it is none.
 */
export function normalFqan(text: string): string | undefined {
  if (text.length > longest) return undefined
  const match =
    /^((?:\/[A-Za-z0-9_.][A-Za-z0-9_.:@-]*)+)(?:\/Role=([A-Za-z0-9_.:@-]+))?(?:\/Capability=[A-Za-z0-9_.:@-]+)?$/.exec(
      text,
    )
  if (match === null) return undefined
  const [, group, role] = match
  return role === undefined || role === 'NULL' ? group : `${group}/Role=${role}`
}

/** The VO to which an FQAN belongs: its first group. */
export const voOf = (fqan: string): string => fqan.split('/')[1] ?? ''
