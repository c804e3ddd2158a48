import fc from 'fast-check'
import { childElements, isElement, type XmlElement } from '../../../src/xml/tree.ts'

/** How a message was changed, and the changed message. */
export interface Mutation {
  readonly kind: 'junk' | 'drop' | 'twice' | 'rename' | 'attribute' | 'text' | 'reorder' | 'no namespace'
  readonly message: XmlElement
}

const junk = fc.constantFrom(
  '',
  'x y',
  '12',
  '-1',
  '1e400',
  'true',
  '2026-02-30T00:00:00Z',
  '2026-02-28T24:00:00Z',
  'NaN',
  'AAA',
  'AAB=',
  'q:z',
  '  7 ',
  '+5',
  '99999999999999999999',
)

/** One change somewhere in a message. */
export function mutations(message: XmlElement): fc.Arbitrary<Mutation> {
  const places = placesIn(message, [])
  const inner = places.filter(place => place.length > 0)
  const leaves = inner.filter(place => childElements(get(message, place)).length === 0)
  const parents = places.filter(place => childElements(get(message, place)).length > 1)
  const mutated = (kind: Mutation['kind'], among: readonly Place[], how: (one: XmlElement) => XmlElement) =>
    fc.constantFrom(...among).map((place): Mutation => ({ kind, message: change(message, place, how) }))
  const all: fc.Arbitrary<Mutation>[] = [
    mutated('text', places, element => ({ ...element, children: [...element.children, 'zz'] })),
    mutated('attribute', places, element => ({
      ...element,
      attributes: [...element.attributes, { namespace: '', local: 'unheard', value: '1' }],
    })),
  ]
  if (leaves.length > 0)
    all.push(
      junk.chain(text => mutated('junk', leaves, element => ({ ...element, children: text === '' ? [] : [text] }))),
    )
  if (inner.length > 0) {
    const place = fc.constantFrom(...inner)
    all.push(
      place.map(at => ({ kind: 'drop', message: changeChildren(message, at, () => []) })),
      place.map(at => ({ kind: 'twice', message: changeChildren(message, at, child => [child, child]) })),
      mutated('rename', inner, element => ({ ...element, local: `${element.local}x` })),
      mutated('no namespace', inner, element => ({ ...element, namespace: '' })),
    )
  }
  if (parents.length > 0) all.push(mutated('reorder', parents, reordered))
  return fc.oneof(...all)
}

/** Other order of names; those of one name keep theirs, as lists have an order. */
const reordered = (element: XmlElement): XmlElement => {
  const names = [...new Set(childElements(element).map(child => child.local))].reverse()
  return {
    ...element,
    children: names.flatMap(name => childElements(element).filter(child => child.local === name)),
  }
}

type Place = readonly number[]

const placesIn = (element: XmlElement, here: Place): Place[] => [
  here,
  ...element.children.flatMap((child, i) => (isElement(child) ? placesIn(child, [...here, i]) : [])),
]

const get = (element: XmlElement, [first, ...rest]: Place): XmlElement => {
  const child = first === undefined ? undefined : element.children[first]
  return child === undefined || typeof child === 'string' ? element : get(child, rest)
}

const change = (element: XmlElement, [first, ...rest]: Place, how: (one: XmlElement) => XmlElement): XmlElement =>
  first === undefined
    ? how(element)
    : {
        ...element,
        children: element.children.map((child, i) =>
          i === first && isElement(child) ? change(child, rest, how) : child,
        ),
      }

const changeChildren = (message: XmlElement, place: Place, how: (one: XmlElement) => XmlElement[]): XmlElement =>
  change(message, place.slice(0, -1), parent => ({
    ...parent,
    children: parent.children.flatMap((child, i) => (i === place.at(-1) && isElement(child) ? how(child) : [child])),
  }))
