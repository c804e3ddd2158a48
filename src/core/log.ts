import { destination, type Logger, pino } from 'pino'

export type Log = Logger

/** As much of a log as those need who only tell of problems; a command has another one than a container. */
export interface ProblemLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/**
 * The log of one process: a JSON line an event on standard error (standard output belongs to the command).
 * Secrets never reach it: nothing logs a key, a passphrase or a request body.
 */
export const openLog = (role: string, level = process.env['GRIDWRAP_LOG'] ?? 'info'): Log =>
  pino(
    {
      level,
      base: { role, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    destination({ fd: 2, sync: true }),
  )
