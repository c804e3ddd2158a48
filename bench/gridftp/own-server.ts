import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DataSite } from '../../test/support/data-site.ts'
import { endOf } from './commands.ts'

/** `gridwrap gridftp`, as people start it: a process of its own, which serves the site's home to Alice. */
export class OwnServer implements AsyncDisposable {
  readonly port: number
  readonly pid: number
  readonly #process: ChildProcess

  private constructor(port: number, pid: number, process: ChildProcess) {
    this.port = port
    this.pid = pid
    this.#process = process
  }

  static async start({ files }: DataSite, environment: NodeJS.ProcessEnv): Promise<OwnServer> {
    const args = ['--root', files.folder, '--listen', '127.0.0.1:0', '--write', '--json', '--gridmap', files.gridmap]
    const child = spawn(
      join(import.meta.dirname, '../../bin/gridwrap'),
      ['gridftp', ...args, '--cert', files.certificate, '--key', files.key],
      // It logs what it logs by default, to nobody.
      { env: environment, stdio: ['ignore', 'pipe', 'ignore'], detached: true },
    )
    for await (const line of createInterface({ input: child.stdout })) {
      const { port, pid } = JSON.parse(line) as { readonly port: number; readonly pid: number }
      return new OwnServer(port, pid, child)
    }
    throw new Error('gridwrap gridftp ended before it was ready.')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return endOf(this.#process)
  }
}
