/**
 * Names of inputs and outputs become members of generated code in every language that has a SOAP stack, so they avoid
 * the reserved words of all of them. Java, Python, C, C# and PHP, in this order.
 */
const keywords = new Set(
  `abstract assert boolean break byte case catch char class const continue default do double else enum extends final
  finally float for goto if implements import instanceof int interface long native new package private protected public
  return short static strictfp super switch synchronized this throw throws transient try void volatile while true false
  null
  False None True and as async await def del elif except from global in is lambda nonlocal not or pass raise with yield
  auto extern inline register restrict signed sizeof struct typedef union unsigned
  base bool checked decimal delegate event explicit fixed foreach implicit internal lock namespace object operator out
  override params readonly ref sbyte sealed stackalloc string typeof uint ulong unchecked unsafe ushort using virtual
  array callable clone declare die echo empty enddeclare endfor endforeach endif endswitch endwhile eval exit fn function
  include include_once insteadof isset list match print require require_once trait unset use var xor`.split(/\s+/),
)

/** Members that every message of a service has of its own. */
const reserved = new Set(['options', 'status', 'ran', 'warning'])

/** Members that every object has in the languages of the clients. */
const objectMembers = new Set([
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'prototype',
  'toLocaleString',
  'toString',
  'valueOf',
])

/** Java's and PHP's own methods: an operation of this name would never be sent. */
const objectMethods = new Set([
  'wait',
  'notify',
  'notifyAll',
  'getClass',
  'clone',
  'finalize',
  'toString',
  'hashCode',
  'equals',
])

/** What is wrong with the name of an input or output, with the way out; undefined when it is a good name. */
export function nameProblem(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    return `"${shortened(name)}" is no name: a letter, then letters, digits and _; write for example ${suggestion(name)}`
  if (name.length > 40) return `the name "${shortened(name)}" has ${name.length} characters; at most 40 are taken`
  if (reserved.has(name)) return `"${name}" is kept for gridwrap's own use in every message; write ${name}_`
  if (keywords.has(name))
    return `"${name}" is a reserved word in a language of the callers (Java, Python, C, C#, PHP); write for example ${name}_`
  if (objectMembers.has(name)) return `every object has a member "${name}" of its own; write for example ${name}_`
  return undefined
}

/** Like {@link nameProblem}, for the name of an operation. */
export const operationNameProblem = (name: string): string | undefined =>
  objectMethods.has(name)
    ? `"${name}" is a method that every object has in Java or PHP, the call would never be sent; write for example do_${name}`
    : nameProblem(name)

/** Two names with the same key differ only in case and underscores, which some stub generators drop. */
export const nameKey = (name: string): string => name.replaceAll('_', '').toLowerCase()

const suggestion = (name: string): string => {
  const letters = name
    .slice(0, 40)
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^[^A-Za-z]+|_+$/g, '')
  return letters === '' ? 'x' : letters
}

/** A value as messages show it: at most 60 characters, nothing that could disturb a terminal. */
export function shortened(text: string): string {
  const plain = text.slice(0, 200).replace(/[\p{Cc}\p{Cs}\p{Co}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
  const characters = [...plain]
  return characters.length > 60 || text.length > 200 ? `${characters.slice(0, 57).join('')}...` : plain
}
