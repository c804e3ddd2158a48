import { parentPort } from 'node:worker_threads'
import { ParseOption, XmlDocument, XmlElement, type XmlNode } from 'libxml2-wasm'

// The thread in which XPath expressions of callers run: how long one takes its author decides, so it must be endable.

/** One expression over one document. */
export interface XPathRequest {
  readonly id: number
  readonly document: string
  readonly expression: string
  readonly namespaces: Readonly<Record<string, string>>
}

/** What an expression selects, in order: elements as markup that is complete in itself, all else as text. */
export type XPathItem = { readonly element: string } | { readonly value: string }

export type XPathReply =
  | { readonly id: number; readonly items: readonly XPathItem[] }
  /** `toomuch`: it selects more than an answer may hold. */
  | { readonly id: number; readonly problem: 'ill-formed' | 'too-much'; readonly why: string }

const mostItems = 10_000
const mostCharacters = 16 * 1024 * 1024

parentPort?.on('message', (request: XPathRequest) => parentPort?.postMessage(evaluate(request)))

function evaluate({ id, document: text, expression, namespaces }: XPathRequest): XPathReply {
  const document = XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_HUGE })
  try {
    const result = document.eval(expression, { ...namespaces })
    if (!Array.isArray(result)) return { id, items: [{ value: String(result) }] }
    if (result.length > mostItems)
      return {
        id,
        problem: 'too-much',
        why: `it selects ${result.length} nodes, and at most ${mostItems} are answered`,
      }
    const items = result.map(itemOf)
    const size = items.reduce((sum, item) => sum + ('element' in item ? item.element : item.value).length, 0)
    if (size > mostCharacters) return { id, problem: 'too-much', why: 'what it selects is too large for an answer' }
    return { id, items }
  } catch (error) {
    return { id, problem: 'ill-formed', why: error instanceof Error ? error.message.trim() : String(error) }
  } finally {
    document.dispose()
  }
}

function itemOf(node: XmlNode): XPathItem {
  // Canonical XML says all that is in scope, so that QNames in values keep their meaning.
  if (node instanceof XmlElement) return { element: node.canonicalizeToString() }
  return { value: node.content }
}
