import { openLog } from '../core/log.ts'
import { readConfiguration } from './configuration.ts'
import { FrontEnd } from './front-end.ts'
import { sendHint } from './hint.ts'

/** One front end, until the supervisor goes away or says stop; then it lets calls under way end. */
export async function runFrontEnd(configurationFile: string): Promise<void> {
  const configuration = readConfiguration(configurationFile)
  const log = openLog('front')
  const stop = Promise.withResolvers<void>()
  process.once('disconnect', () => process.exit(0))
  process.once('SIGTERM', () => stop.resolve())
  process.on('SIGINT', () => undefined)
  await using frontEnd = await FrontEnd.open(configuration, sendHint, log)
  process.on('message', message => {
    if (message === 'hint') frontEnd.hint()
  })
  process.send?.({ ready: await frontEnd.listen(configuration.listen) })
  await stop.promise
}
