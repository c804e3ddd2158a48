import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { crashPoint } from '../core/crash-point.ts'
import { openDatabase, type Sqlite } from './database.ts'
import { writes } from './writes/table.ts'

// The writer thread of one process: takes every write that waits, commits them together, then answers each.

/** One write on its way to the thread. */
export interface WriteRequest {
  readonly id: number
  readonly name: keyof typeof writes
  readonly args: unknown
}

export type WriteReply =
  | { readonly id: number; readonly value: unknown }
  /** `passing`: there was no room, or no turn; the same write may succeed later. */
  | { readonly id: number; readonly error: string; readonly passing: boolean }

const mostPerCommit = 256
const patienceMs = 30_000

if (parentPort !== null) serve(parentPort, openDatabase((workerData as { file: string }).file, { readonly: false }))

function serve(port: MessagePort, db: Sqlite): void {
  const waiting: WriteRequest[] = []
  let busy = false
  let closing = false
  const take = (message: WriteRequest | 'close'): void => {
    if (message === 'close') closing = true
    else waiting.push(message)
  }
  const drain = async (): Promise<void> => {
    busy = true
    while (waiting.length > 0) {
      for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port))
        take(more.message as WriteRequest)
      for (const reply of await commitTogether(db, waiting.splice(0, mostPerCommit))) port.postMessage(reply)
    }
    busy = false
    if (!closing) return
    db.close()
    port.close()
  }
  port.on('message', (message: WriteRequest | 'close') => {
    take(message)
    if (!busy) void drain()
  })
}

async function commitTogether(db: Sqlite, batch: readonly WriteRequest[]): Promise<WriteReply[]> {
  try {
    await beginImmediate(db)
    const replies = batch.map(request => applyOne(db, request))
    crashPoint('store.commit.before')
    db.exec('COMMIT')
    crashPoint('store.commit.after')
    return replies
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK')
    return batch.map(({ id }) => refused(id, error))
  }
}

function applyOne(db: Sqlite, request: WriteRequest): WriteReply {
  db.exec('SAVEPOINT one')
  try {
    const write = writes[request.name] as (db: Sqlite, args: unknown) => unknown
    const value = write(db, request.args)
    db.exec('RELEASE one')
    return { id: request.id, value }
  } catch (error) {
    db.exec('ROLLBACK TO one')
    db.exec('RELEASE one')
    // A full disk ends the transaction as a whole: none of the batch may be told that it was kept.
    if (!db.inTransaction || isDiskError(error)) throw error
    return refused(request.id, error)
  }
}

const refused = (id: number, error: unknown): WriteReply => ({
  id,
  error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  passing: /^SQLITE_(FULL|BUSY|IOERR)/.test((error as { code?: string }).code ?? ''),
})

const isDiskError = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR|CORRUPT|READONLY)/.test((error as { code?: string }).code ?? '')

/** Another process may hold the lock: asks again after a random pause, so that none is starved. */
async function beginImmediate(db: Sqlite): Promise<void> {
  const start = performance.now()
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      db.exec('BEGIN IMMEDIATE')
      return
    } catch (error) {
      if (!/^SQLITE_BUSY/.test((error as { code?: string }).code ?? '') || performance.now() - start > patienceMs)
        throw error
      await new Promise(resolve => setTimeout(resolve, Math.random() * pause))
    }
  }
}
