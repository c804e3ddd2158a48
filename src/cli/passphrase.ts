import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from './terminal.ts'

/** Secrets that come on standard input, a line each (`--pwstdin`); without that they are asked for at the terminal. */
export class SecretLines {
  readonly fromStandardInput: boolean
  #lines: string[] | undefined

  constructor(fromStandardInput: boolean) {
    this.fromStandardInput = fromStandardInput
  }

  async next(): Promise<string> {
    if (this.#lines === undefined) {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      this.#lines = Buffer.concat(chunks).toString('utf8').split(/\r?\n/)
    }
    return this.#lines.shift() ?? ''
  }
}

/** The passphrase of an encrypted key, asked for at the terminal without echo; undefined when the key needs none. */
export async function readPassphrase(
  keyFile: string,
  fromStandardInput: boolean,
  lines = new SecretLines(fromStandardInput),
): Promise<string | undefined> {
  const text = await readFile(keyFile, 'latin1').catch(() => '')
  return /ENCRYPTED/.test(text) ? askSecret(`Passphrase of ${keyFile}: `, lines) : undefined
}

/** A secret from standard input, or asked for at the terminal without echo. */
export async function askSecret(question: string, lines: SecretLines): Promise<string> {
  if (lines.fromStandardInput) return lines.next()
  if (!process.stdin.isTTY)
    throw new UsageError(
      `${question.replace(/:\s*$/, '')} is needed and there is no terminal to ask at; give it with --pwstdin.`,
    )
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await reader.question('')
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}
