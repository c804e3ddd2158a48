import { soap11, soap12 } from '../../../src/soap/namespaces.ts'
import { applicationNamespace, JOB, OGSI } from '../../../src/wsdl/names.ts'

export const TALLY = applicationNamespace('tally')

const declarations = `xmlns:t="${TALLY}" xmlns:j="${JOB}" xmlns:ogsi="${OGSI}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"`

/** An envelope written by hand; prefixes `s t j ogsi xsi xsd` are declared. */
export const envelope = (body: string, { version = '1.1', header = '', attributes = '' } = {}): string =>
  `<s:Envelope xmlns:s="${version === '1.1' ? soap11 : soap12}" ${declarations} ${attributes}>${header}<s:Body>${body}</s:Body></s:Envelope>`

/** A run of tally over a text of three words. */
export const runTally = (more = ''): string => `<t:run><t:texts><j:text>a b a</j:text></t:texts>${more}</t:run>`

/** What stands between two tags, whatever their prefix. */
export const contentOf = (local: string, xml: string): string | undefined =>
  new RegExp(`<(?:[\\w-]+:)?${local}(?:\\s[^>]*)?>(.*?)</(?:[\\w-]+:)?${local}>`, 's').exec(xml)?.[1]

/** What a test says of an answer: that it is a result, or which fault it is. */
export const verdict = (xml: string): string =>
  xml.includes('Fault>')
    ? `${contentOf('faultcode', xml) ?? contentOf('Value', xml) ?? '?'} ${contentOf('code', xml) ?? ''}`.trim()
    : 'good'
