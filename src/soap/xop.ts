import { GridwrapError } from '../core/errors.ts'
import { ByteSpool, type SpooledBytes } from '../xml/byte-spool.ts'
import { attributeOf, childElements, isElement, type XmlElement } from '../xml/tree.ts'
import { asRequestError } from './body-failure.ts'
import { parseContentType } from './content-type.ts'
import { MultipartReader, type PartHeaders, type PartSink } from './multipart.ts'
import { type BodyHeaders, BodyReader, boundedBody, defaultBodyLimits } from './request-body.ts'

const XOP = 'http://www.w3.org/2004/08/xop/include'

/** Where the bytes of attachments go. */
export interface Attachments {
  /** Whether an element holds a file, which may be large. */
  readonly isFile: (namespace: string, local: string) => boolean
  readonly spool: () => ByteSpool
}

/** Of elements that are no files, together: they are held in memory. */
const mostElsewhere = 4 * 1024 * 1024

/** Whether a request is a XOP package. */
export const isXop = ({ contentType }: Pick<BodyHeaders, 'contentType'>): boolean => {
  const type = contentType === undefined ? undefined : parseContentType(contentType)
  return type?.mediaType === 'multipart/related' && type.parameters.get('type')?.toLowerCase() === 'application/xop+xml'
}

/**
 * Reads a XOP package (XML-binary Optimized Packaging, section 4; MTOM): the message is its first part, the bytes of base64
 * elements are the others. What comes out is the message as if they had been in it. Throws as receiveBody does.
 */
export async function receiveXop(
  stream: AsyncIterable<Uint8Array>,
  { contentType = '', contentLength }: BodyHeaders,
  attachments: Attachments,
): Promise<XmlElement> {
  const parameters = parseContentType(contentType)?.parameters ?? new Map<string, string>()
  const { maxSentBytes } = defaultBodyLimits
  const reading = new XopReading(parameters, contentLength, attachments)
  const parts = new MultipartReader(parameters.get('boundary') ?? '', (headers, index) => reading.part(headers, index))
  try {
    for await (const chunk of boundedBody(stream, maxSentBytes)) parts.write(chunk)
    parts.end()
  } catch (thrown) {
    throw asRequestError(thrown)
  }
  return reading.whole()
}

class XopReading {
  readonly #parameters: ReadonlyMap<string, string>
  readonly #contentLength: string | undefined
  readonly #attachments: Attachments
  readonly #came = new Map<string, SpooledBytes>()
  /** What the message refers to, by content id: the element that holds it. */
  #wanted: ReadonlyMap<string, XmlElement> = new Map()
  #root: XmlElement | undefined
  #elsewhere = 0

  constructor(parameters: ReadonlyMap<string, string>, contentLength: string | undefined, attachments: Attachments) {
    this.#parameters = parameters
    this.#contentLength = contentLength
    this.#attachments = attachments
  }

  part(headers: PartHeaders, index: number): PartSink {
    const coding = (headers.get('content-transfer-encoding') ?? 'binary').toLowerCase()
    if (!/^(?:binary|8bit|7bit)$/.test(coding))
      throw new GridwrapError(
        'unsupported-media-type',
        `A part is sent as ${coding.slice(0, 40)}, which is not taken.`,
        {
          hint: 'Send the parts of a XOP package as they are (binary).',
        },
      )
    const id = withoutBrackets(headers.get('content-id') ?? '')
    return index === 0 ? this.#message(headers, id) : this.#attachment(id)
  }

  /** The message with the bytes that it refers to. */
  whole(): XmlElement {
    if (this.#root === undefined) throw malformed('it has no message')
    return this.#wanted.size === 0 ? this.#root : this.#filled(this.#root)
  }

  #message(headers: PartHeaders, id: string): PartSink {
    const start = withoutBrackets(this.#parameters.get('start') ?? '')
    if (start !== '' && id !== start) throw malformed('its first part is not the one that "start" names')
    const type = parseContentType(headers.get('content-type') ?? '')
    if (type?.mediaType !== 'application/xop+xml') throw malformed('its first part is not application/xop+xml')
    const inner = type.parameters.get('type') ?? this.#parameters.get('start-info') ?? 'text/xml'
    const charset = type.parameters.get('charset')
    const mediaType = parseContentType(inner)?.mediaType ?? 'text/xml'
    const reader = new BodyReader({
      contentType: charset === undefined ? mediaType : `${mediaType}; charset=${charset}`,
      contentLength: this.#contentLength,
    })
    return {
      write: bytes => reader.write(bytes),
      end: () => {
        this.#root = reader.end()
        this.#wanted = included(this.#root)
      },
    }
  }

  #attachment(id: string): PartSink {
    const holder = this.#wanted.get(id)
    if (holder === undefined) throw malformed(`nothing refers to its part ${JSON.stringify(id.slice(0, 100))}`)
    if (this.#came.has(id)) throw malformed(`its part ${JSON.stringify(id.slice(0, 100))} is there twice`)
    const isFile = this.#attachments.isFile(holder.namespace, holder.local)
    const spool = isFile
      ? this.#attachments.spool()
      : new ByteSpool({ maxBytes: mostElsewhere, memoryBytes: mostElsewhere })
    return {
      write: bytes => {
        if (!isFile) this.#elsewhere += bytes.length
        if (this.#elsewhere > mostElsewhere)
          throw new GridwrapError('too-large', `What is no file has more than ${mostElsewhere} bytes together.`)
        // The reader goes on with its memory.
        spool.write(Buffer.from(bytes))
      },
      end: () => void this.#came.set(id, spool.end()),
    }
  }

  #filled(element: XmlElement): XmlElement {
    const id = includedBy(element)
    if (id === undefined)
      return element.children.some(isElement)
        ? { ...element, children: element.children.map(child => (isElement(child) ? this.#filled(child) : child)) }
        : element
    const bytes = this.#came.get(id)
    if (bytes === undefined) throw malformed(`it has no part ${JSON.stringify(id.slice(0, 100))}`)
    // Only elements that are files may be large; the others are text, as everywhere.
    return bytes.kind === 'memory' && !this.#attachments.isFile(element.namespace, element.local)
      ? { ...element, children: [bytes.bytes.toString('base64')] }
      : { ...element, children: [], streamed: { streamed: bytes } }
  }
}

/** The references of a message: each the only content of its element (XOP section 2.1). */
function included(root: XmlElement): ReadonlyMap<string, XmlElement> {
  const found = new Map<string, XmlElement>()
  const visit = (element: XmlElement): void => {
    const id = includedBy(element)
    if (id === undefined) for (const child of childElements(element)) visit(child)
    else if (found.has(id)) throw malformed(`two elements refer to its part ${JSON.stringify(id.slice(0, 100))}`)
    else found.set(id, element)
  }
  visit(root)
  return found
}

/** The content id that an element refers to (RFC 2392); undefined when it holds no reference. */
function includedBy(element: XmlElement): string | undefined {
  const include = element.children.find(child => isElement(child) && child.namespace === XOP)
  if (include === undefined || !isElement(include)) return undefined
  const href = attributeOf(include, '', 'href') ?? ''
  const others = element.children.some(child => child !== include && (isElement(child) || child.trim() !== ''))
  if (include.local !== 'Include' || others || !/^cid:./i.test(href))
    throw malformed('a reference in it is not one xop:Include with a cid: address alone in its element')
  try {
    return decodeURIComponent(href.slice(4))
  } catch {
    throw malformed('a reference in it is no cid: address')
  }
}

const withoutBrackets = (id: string): string => id.trim().replace(/^<(.*)>$/s, '$1')

const malformed = (why: string): GridwrapError =>
  new GridwrapError('malformed-request', `The XOP package cannot be read: ${why}.`, {
    hint: 'Or turn MTOM off: base64 inside of the message is taken as well.',
  })
