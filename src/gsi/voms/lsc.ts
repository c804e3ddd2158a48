import { normalSlash } from '../normal-slash.ts'

/**
 * Reads a `.lsc` file of a vomsdir (GFD.182 section 3.7): distinguished names, one a line, from the server that signs
 * attribute certificates up through those that certified it; further chains after a line `------ NEXT CHAIN ------`.
 * Throws an Error that names the line.
 */
export function parseLsc(text: string): readonly (readonly string[])[] {
  const chains: string[][] = [[]]
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    if (/^-+\s*NEXT CHAIN\s*-+$/i.test(line)) chains.push([])
    else if (line.startsWith('/')) chains.at(-1)?.push(normalSlash(line))
    else throw new Error(`Line ${index + 1} ("${line.slice(0, 80)}") is no distinguished name like /DC=org/CN=voms.`)
  }
  const found = chains.filter(chain => chain.length > 0)
  if (found.length === 0) throw new Error('There is no distinguished name in it.')
  const lonely = found.find(chain => chain.length < 2)
  if (lonely !== undefined) throw new Error(`${lonely[0]} stands alone; its issuer belongs on the next line.`)
  return found
}
