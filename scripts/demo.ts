import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type DemoSite, endWithSentence, gridwrap, startDemoSite } from './demo-site.ts'
import { readFits, withPixels, writeFits } from './fits-image.ts'
import { writePng } from './png-image.ts'
import { exposures, supernova } from './sky-epochs.ts'

// A tour: a site of its own, the programs that are there, each called over https with a proxy through its WSDL.

const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'demo')
const results = join(folder, 'results')
const say = (text: string): void => console.log(text)
const short = (path: string): string => (path.startsWith('/') ? relative(process.cwd(), path) : path)
const execute = promisify(execFile)

/** Runs the command line as a person would, and shows it. */
async function call(demo: DemoSite, ...words: readonly string[]): Promise<string> {
  say(
    `\n$ gridwrap ${words.map(word => (word.startsWith(root) ? short(word) : word.replaceAll(`=${root}/`, '='))).join(' ')}`,
  )
  const { stdout } = await execute(gridwrap, [...words], {
    env: { ...process.env, ...demo.environment },
    maxBuffer: 1 << 24,
  })
  say(stdout.trimEnd().replace(/^/gm, '  ').replaceAll(`${root}/`, ''))
  return stdout
}

const shipped = (service: string, file: string): string => join(root, 'services', service, file)

/** A demo that shows something wrong is worse than one that stops. */
function demand(isSo: boolean, what: string): void {
  if (isSo) return
  say(`\nThis is not what should have come: ${what}.`)
  process.exitCode = 1
}

async function newStar(demo: DemoSite): Promise<void> {
  say(
    '\n1. newstar: two small pictures of the sky, and the star that was not there before. An awk script, so it runs anywhere.',
  )
  const said = await call(
    demo,
    'run',
    'newstar',
    `first=${shipped('newstar', 'first.pgm')}`,
    `second=${shipped('newstar', 'second.pgm')}`,
    '--out',
    join(results, 'newstar'),
  )
  demand(/^found = 1$/m.test(said), 'there is one new star')
}

async function alignments(demo: DemoSite): Promise<void> {
  for (const service of ['needle', 'water'].filter(name => demo.services.includes(name))) {
    say(`\n${service === 'needle' ? '2' : '3'}. ${service} (EMBOSS): how alike are human haemoglobin alpha and beta?`)
    const said = await call(
      demo,
      'run',
      service,
      `a=${shipped(service, 'hba.fasta')}`,
      `b=${shipped(service, 'hbb.fasta')}`,
      '--out',
      join(results, service),
    )
    // Globally, and the best part of it.
    const score = service === 'needle' ? 278 : 279
    demand(new RegExp(`^score = ${score}$`, 'm').test(said), `the two score ${score}`)
  }
}

async function findSupernova(demo: DemoSite): Promise<void> {
  if (!demo.services.includes('swarp') || !demo.services.includes('source-extractor')) return
  say(
    '\n4. The supernova search: three exposures at each of two epochs, combined by SWarp, subtracted, searched by source-extractor.',
  )
  const work = join(results, 'supernova')
  await mkdir(work, { recursive: true })
  for (const epoch of [1, 2] as const) {
    const images: string[] = []
    for (const [index, { image, sky }] of exposures(epoch).entries()) {
      const file = join(work, `epoch${epoch}-${index + 1}.fits`)
      await writeFile(file, writeFits(image, sky))
      images.push(`images=${file}`)
    }
    await call(demo, 'run', 'swarp', ...images, 'center=150', 'center=2.2', '--out', join(work, `epoch${epoch}`))
  }
  const [before, after] = await Promise.all(
    [1, 2].map(async epoch => readFits(await readFile(join(work, `epoch${epoch}`, 'coadd.fits')))),
  )
  if (before === undefined || after === undefined) return
  const difference = after.pixels.map((value, i) => value - (before.pixels[i] ?? 0))
  const file = join(work, 'difference.fits')
  await writeFile(file, withPixels(after.head, difference))
  await call(demo, 'run', 'source-extractor', `image=${file}`, 'threshold=8', '--out', join(work, 'sources'))
  await showSupernova(
    join(work, 'sources', 'catalogue.txt'),
    { ...after, pixels: difference },
    join(work, 'supernova.png'),
  )
}

async function showSupernova(catalogue: string, image: Parameters<typeof writePng>[0], picture: string): Promise<void> {
  const lines = (await readFile(catalogue, 'utf8')).split('\n')
  const columns = lines.filter(line => line.startsWith('#')).map(line => line.split(/\s+/)[2] ?? '')
  const rows = lines
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.trim().split(/\s+/).map(Number))
  const read = (row: readonly number[], column: string): number => row[columns.indexOf(column)] ?? Number.NaN
  say(`\n  ${rows.length} source${rows.length === 1 ? '' : 's'} in the difference of the two epochs:`)
  for (const row of rows) {
    const [ra, dec] = [read(row, 'ALPHA_J2000'), read(row, 'DELTA_J2000')]
    const off = Math.hypot((ra - supernova.ra) * Math.cos((dec * Math.PI) / 180), dec - supernova.dec) * 3600
    say(`  RA ${ra.toFixed(5)}, Dec ${dec.toFixed(5)}: ${off.toFixed(2)}" from where the supernova was put`)
  }
  const [first] = rows
  const away = rows.map(row =>
    Math.hypot(read(row, 'ALPHA_J2000') - supernova.ra, read(row, 'DELTA_J2000') - supernova.dec),
  )
  demand(rows.length === 1 && (away[0] ?? 1) < 1 / 3600, 'there is one source, within 1" of the supernova')
  if (first !== undefined)
    await writeFile(
      picture,
      writePng(image, -20, 120, { x: read(first, 'X_IMAGE') - 1, y: read(first, 'Y_IMAGE') - 1 }),
    )
}

// The container ends with this process, however that ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const began = performance.now()
{
  await using demo = await startDemoSite(join(folder, 'site'), say).catch(endWithSentence)
  say(`
It is at ${demo.url}/ and each service has a contract for any SOAP client, such as ${demo.url}/services/newstar?wsdl
The commands below are those that you would give; they find the container and the proxy by
${Object.entries(demo.environment)
  .map(([name, value]) => `  ${name}=${short(value)}`)
  .join('\n')}`)
  await newStar(demo)
  await alignments(demo)
  await findSupernova(demo)
  say(`\nDone in ${((performance.now() - began) / 1000).toFixed(0)} s. What was made lies in ${short(results)}/:`)
  say(`  ${short(join(results, 'newstar', 'newstar.svg'))}   open it in a browser`)
  if (demo.services.includes('swarp'))
    say(`  ${short(join(results, 'supernova', 'supernova.png'))}   the difference of the two epochs`)
  const missing = [
    ['needle', 'emboss'],
    ['swarp', 'swarp'],
    ['source-extractor', 'source-extractor'],
  ].filter(([name]) => !demo.services.includes(name ?? ''))
  if (missing.length > 0)
    say(
      `  (Not here: ${missing.map(([name]) => name).join(', ')}. On Debian: apt-get install ${missing.map(([, one]) => one).join(' ')})`,
    )
}
say(`\nThe container is stopped. To keep one up and call it yourself, from this or any other SOAP client: npm start
To wrap a program of your own: docs/application-description.md`)
