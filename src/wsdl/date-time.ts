const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))?(Z|[+-]\d\d:\d\d)?$/

/**
 * An xsd:dateTime (XSD 1.0 part 2, section 3.2.7) of the years 0001 to 9999, to the millisecond. Without a time zone it
 * is taken as UTC, which is what such clients mean more often than our own local time. Undefined when it is none.
 */
export function parseDateTime(text: string): Date | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  const midnight = hour === 24 && minute === 0 && second === 0 && /^0*$/.test(match[7] ?? '')
  if ((hour > 23 && !midnight) || minute > 59 || second > 59) return undefined
  const offset = offsetMinutes(match[8] ?? 'Z')
  if (offset === undefined) return undefined
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute - offset, second, milliseconds)
  return isWritable(date) ? date : undefined
}

type Six = [number, number, number, number, number, number]

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(4, 6))
  const total = Number(zone.slice(1, 3)) * 60 + minutes
  if (minutes > 59 || total > 14 * 60) return undefined
  return zone.startsWith('-') ? -total : total
}

/** Whether a date has a four-digit year, so that every client can read what we write. */
export function isWritable(date: Date): boolean {
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999
}
