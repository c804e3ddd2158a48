import { once } from 'node:events'
import { join, relative, resolve } from 'node:path'
import { endWithSentence, keepDemoSite } from './demo-site.ts'

// Keeps a container up, on loopback, with what is installed here, and says how to use it. What it has done is there again
// the next time.

const folder = join(resolve(import.meta.dirname, '..'), 'demo', 'start')
const say = (text: string): void => console.log(text)

await using demo = await keepDemoSite(folder, say).catch(endWithSentence)
say(`
gridwrap is up at ${demo.url}/ (Ctrl-C stops it). In another terminal:

${Object.entries(demo.environment)
  .map(([name, value]) => `  export ${name}=${value}`)
  .join('\n')}
  bin/gridwrap run newstar first=services/newstar/first.pgm second=services/newstar/second.pgm --out result
  bin/gridwrap list newstar

Any SOAP client:  ${demo.url}/services/newstar?wsdl   (certificate and key: ${relative(process.cwd(), demo.proxyFile)}; authority: ${relative(process.cwd(), join(demo.site.folder, 'pki', 'cacert.pem'))})
By hand:          curl --cert ${relative(process.cwd(), demo.proxyFile)} --cacert ${relative(process.cwd(), join(demo.site.folder, 'pki', 'cacert.pem'))} ${demo.url}/
What it keeps:    ${relative(process.cwd(), folder)}   (there again at the next npm start; remove it to begin anew)
Its log:          ${relative(process.cwd(), join(demo.site.folder, 'container.log'))}`)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), demo.ended])
say('\nStopping ...')
