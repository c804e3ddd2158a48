import type { Application, FileSource, FileValue } from '../application/model.ts'
import type { SpooledBytes } from '../xml/byte-spool.ts'

/** FileIn of wsdl/job.xsd, decoded. Content was decoded while it was read: into memory, or into a file of the request. */
interface FileIn {
  readonly name?: string
  readonly text?: string
  readonly content?: Uint8Array | { readonly streamed: SpooledBytes }
  readonly url?: string
  readonly upload?: boolean
}

/** Turns the files among decoded parameters into the values that `checkInputs` takes; leaves everything else as it is. */
export function withCallerFiles(
  application: Application,
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const inputs: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(parameters)) {
    const isFile = application.inputs.some(input => input.name === name && input.type === 'file')
    if (!isFile) inputs[name] = value
    else inputs[name] = Array.isArray(value) ? value.map(one => fileValue(one as FileIn)) : fileValue(value as FileIn)
  }
  return inputs
}

const fileValue = (file: FileIn): FileValue => ({
  file: sourceOf(file),
  name: file.name ?? (file.url === undefined ? undefined : nameInUrl(file.url)),
})

/** The last name in the path of a URL; undefined when there is none. */
function nameInUrl(url: string): string | undefined {
  const name = url
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '')
    .replace(/^.*\//s, '')
  try {
    return name === '' ? undefined : decodeURIComponent(name)
  } catch {
    // What is wrong with it is told with all that is wrong with the inputs.
    return undefined
  }
}

function sourceOf({ text, content, url }: FileIn): FileSource {
  if (text !== undefined) return { kind: 'text', text }
  if (url !== undefined) return { kind: 'url', url }
  if (content === undefined) return { kind: 'upload' }
  if (content instanceof Uint8Array) return { kind: 'bytes', bytes: content }
  const { streamed } = content
  return streamed.kind === 'memory'
    ? { kind: 'bytes', bytes: streamed.bytes }
    : { kind: 'spooled', path: String(streamed.written), size: streamed.size }
}
