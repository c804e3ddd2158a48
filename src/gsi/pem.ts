/** One block of a PEM file (RFC 7468): its label and the octets inside; `text` is the block as it stood. */
export interface PemBlock {
  readonly label: string
  readonly text: string
  /** Undefined for a block with headers (an encrypted key of the old OpenSSL kind), whose octets are not DER. */
  readonly bytes: Buffer | undefined
}

/** Blocks of one text that are read at most. */
const maximumBlocks = 1000

/** The blocks of a text in order; what stands around them is ignored. Throws an Error for a block that is not well-formed. */
export function readPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { label: string; lines: string[] } | undefined
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trimEnd()
    const begin = /^-----BEGIN ([A-Z0-9 ]{1,64})-----$/.exec(line)?.[1]
    if (open === undefined) {
      if (begin !== undefined) open = { label: begin, lines: [] }
      continue
    }
    if (begin !== undefined) throw new Error(`The PEM block "${open.label}" has no end.`)
    if (line !== `-----END ${open.label}-----`) {
      open.lines.push(line)
      continue
    }
    if (blocks.length === maximumBlocks) throw new Error(`There are more than ${maximumBlocks} PEM blocks.`)
    blocks.push(readBlock(open.label, open.lines))
    open = undefined
  }
  if (open !== undefined) throw new Error(`The PEM block "${open.label}" has no end.`)
  return blocks
}

function readBlock(label: string, lines: readonly string[]): PemBlock {
  const text = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
  if (lines.some(line => line.includes(':'))) return { label, text, bytes: undefined }
  const body = lines.join('').replace(/[ \t]/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body) || body.length % 4 !== 0) {
    throw new Error(`The PEM block "${label}" is not base64.`)
  }
  return { label, text, bytes: Buffer.from(body, 'base64') }
}

/** A PEM block with lines of 64 characters. */
export function writePem(label: string, bytes: Uint8Array): string {
  const body = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
}
