import type { ServerReply } from '../refusal.ts'
import type { Session } from '../session.ts'

/** What a command does: its reply; preliminary ones it sends itself. What it throws becomes a refusal. */
export type CommandHandler = (session: Session, argument: string) => ServerReply | Promise<ServerReply>

export const ok = (text = 'OK.'): ServerReply => ({ code: 200, lines: text })
