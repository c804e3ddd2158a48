import type { ChildProcess } from 'node:child_process'
import { connect } from 'node:net'

/** Resolves when something listens on a port of loopback; rejects when the process that should has ended, or after 20 s. */
export async function listening(port: number, process?: ChildProcess, host = '127.0.0.1'): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, host, () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (open) return
    if (process !== undefined && process.exitCode !== null) throw new Error(`It ended with ${process.exitCode}.`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`Nothing listens on port ${port}.`)
}
