import { outermostScope, PrefixScope } from './prefix-scope.ts'
import type { StartTag } from './start-tag.ts'
import { xmlNamespace, xmlnsNamespace } from './xml-characters.ts'

/**
 * What each prefix means at the place that has been reached (Namespaces in XML 1.0). Looking up and undoing cost the
 * same at every depth.
 */
export class NamespaceBindings {
  /** What is no longer bound stays with undefined: a large Map from which keys go and come rebuilds itself each time. */
  readonly #bound = new Map<string, string | undefined>([
    ['xml', xmlNamespace],
    ['', ''],
  ])
  /** Prefix and what it meant before, one after the other. */
  readonly #undo: (string | undefined)[] = []
  #scope = outermostScope
  #lastPrefix = ''
  #lastNamespace = ''

  /** The prefixes in scope, as elements carry them. */
  get scope(): PrefixScope {
    return this.#scope
  }

  /** The namespace of a prefix, undefined when it is not declared here. The empty prefix is always bound. */
  resolve(prefix: string): string | undefined {
    if (prefix === this.#lastPrefix) return this.#lastNamespace
    const namespace = this.#bound.get(prefix)
    if (namespace !== undefined) {
      this.#lastPrefix = prefix
      this.#lastNamespace = namespace
    }
    return namespace
  }

  /** Takes the declarations among the attributes of a tag; returns true when there was one and `leave` is to be called. */
  enter(tag: StartTag, fail: (sentence: string) => never): boolean {
    let own: Map<string, string> | undefined
    for (let i = 0; i < tag.count; i++) {
      const name = tag.names[i]
      if (name?.declares !== true) continue
      const prefix = name.prefix === '' ? '' : name.local
      const namespace = tag.values[i] ?? ''
      checkDeclaration(prefix, namespace, fail)
      own ??= new Map()
      if (own.has(prefix)) fail(`The prefix ${JSON.stringify(prefix)} is declared twice on <${tag.name.raw}>`)
      own.set(prefix, namespace)
    }
    if (own === undefined) return false
    for (const [prefix, namespace] of own) {
      this.#undo.push(prefix, this.#bound.get(prefix))
      this.#bound.set(prefix, namespace)
    }
    this.#scope = new PrefixScope(own, this.#scope)
    this.#forget()
    return true
  }

  /** Undoes the declarations that the matching `enter` took. */
  leave(): void {
    for (let left = this.#scope.own.size; left > 0; left--) {
      const before = this.#undo.pop()
      const prefix = this.#undo.pop() ?? ''
      this.#bound.set(prefix, before)
    }
    this.#scope = this.#scope.parent ?? outermostScope
    this.#forget()
  }

  #forget(): void {
    this.#lastPrefix = ''
    this.#lastNamespace = this.#bound.get('') ?? ''
  }
}

/** The constraints of Namespaces in XML 1.0, section 3, on what may be declared. */
function checkDeclaration(prefix: string, namespace: string, fail: (sentence: string) => never): void {
  if (prefix === 'xmlns') fail('The prefix xmlns cannot be declared')
  if (prefix !== '' && namespace === '') fail(`The prefix ${prefix} cannot be bound to the empty namespace`)
  if (prefix === 'xml' && namespace !== xmlNamespace) fail(`The prefix xml is always ${xmlNamespace}`)
  if (prefix !== 'xml' && namespace === xmlNamespace) fail(`Only the prefix xml can be bound to ${xmlNamespace}`)
  if (namespace === xmlnsNamespace) fail(`No prefix can be bound to ${xmlnsNamespace}`)
}
