import { delay } from '../core/deadline.ts'
import { openLog } from '../core/log.ts'
import { readConfiguration } from './configuration.ts'
import { FrontEnd } from './front-end.ts'
import { sendHint } from './hint.ts'

const bindPatienceMs = 5_000

/** One front end, until the supervisor goes away or says stop; then it lets calls under way end. */
export async function runFrontEnd(configurationFile: string): Promise<void> {
  const configuration = readConfiguration(configurationFile)
  const log = openLog('front')
  const stop = Promise.withResolvers<void>()
  process.once('disconnect', () => process.exit(0))
  process.once('SIGTERM', () => stop.resolve())
  process.on('SIGINT', () => undefined)
  await using frontEnd = FrontEnd.open(configuration, sendHint, log)
  process.on('message', message => {
    if (message === 'hint') frontEnd.hint()
  })
  const port = await listen(frontEnd, configuration.listen.https)
  process.send?.({ ready: port })
  await stop.promise
}

/** A predecessor that was killed may hold the port for a moment. */
async function listen(frontEnd: FrontEnd, { host, port }: { host: string; port: number }): Promise<number> {
  const begun = performance.now()
  for (;;) {
    try {
      return await frontEnd.listen(host, port)
    } catch (error) {
      const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!busy || performance.now() - begun > bindPatienceMs) throw error
      await delay(100)
    }
  }
}
