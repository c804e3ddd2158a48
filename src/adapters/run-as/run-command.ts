import { spawn } from 'node:child_process'

const mostComplaint = 4096

/**
 * Runs a program to its end, with an open file as its descriptor 3 if one is given. Throws what it complained of first,
 * when it did not succeed.
 */
export function runCommand([program = '', ...args]: readonly string[], descriptor?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const extra = descriptor === undefined ? [] : [descriptor]
    const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe', ...extra] })
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (complaint.length < mostComplaint) complaint += text
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) return resolve()
      const said = complaint.trim().split('\n')[0] ?? ''
      reject(new Error(said === '' ? `${program} ended with ${signal ?? code}` : said.slice(0, mostComplaint)))
    })
  })
}
