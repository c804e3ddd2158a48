import { parseSlashForm } from './dn.ts'
import { attributeLabels, attributeTypes } from './oids.ts'

/**
 * A name in slash form as people and other programs write it, in the one spelling that names of certificates have here:
 * /Email= and /E= are /emailAddress=, /USERID= is /UID= (other generations of OpenSSL), and every octet outside printable
 * ASCII is \xHH, be it written so or as UTF-8. What is no name stays as it is.
 */
export function normalSlash(text: string): string {
  const slash = text
    .replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) => `\\x${hex.toUpperCase()}`)
    .replace(/[^ -~]+/gu, characters =>
      [...Buffer.from(characters, 'utf8')]
        .map(octet => `\\x${octet.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    )
  if (!slash.startsWith('/')) return slash
  try {
    return parseSlashForm(slash)
      .map(({ label, value }) => {
        const type = attributeTypes.get(label.toLowerCase())
        return `/${(type === undefined ? undefined : attributeLabels.get(type)) ?? label}=${value}`
      })
      .join('')
  } catch {
    return slash
  }
}
