import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from './terminal.ts'

/** The passphrase of an encrypted key, asked for at the terminal without echo; undefined when the key needs none. */
export async function readPassphrase(keyFile: string, fromStandardInput: boolean): Promise<string | undefined> {
  const text = await readFile(keyFile, 'latin1').catch(() => '')
  if (!/ENCRYPTED/.test(text)) return undefined
  if (fromStandardInput) {
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1)[0] ?? ''
  }
  if (!process.stdin.isTTY) throw new UsageError(`The key ${keyFile} is encrypted; give its passphrase with --pwstdin.`)
  process.stderr.write(`Passphrase of ${keyFile}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await reader.question('')
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}
