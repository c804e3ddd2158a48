const declaration =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"([^"<>&]{0,64})"|'([^'<>&]{0,64})')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][\w.-]{0,63})"|'([A-Za-z][\w.-]{0,63})'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/

/** Whether a document begins with an XML declaration, well-formed or not, and not with some other instruction. */
export const beginsWithDeclaration = (text: string): boolean => /^<\?xml[ \t\r\n]/.test(text)

/** The XML declaration at the beginning of a text (XML 1.0, production [23]), undefined when it is ill-formed. */
export function readDeclaration(text: string): { version: string; encoding: string | undefined } | undefined {
  const match = declaration.exec(text)
  if (match === null) return undefined
  return { version: match[1] ?? match[2] ?? '', encoding: match[3] ?? match[4] }
}

/** A document without its XML declaration, to stand inside of another. */
export const withoutDeclaration = (text: string): string => text.replace(declaration, '').trimStart()
