const form =
  /^(-?)P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:\.\d{1,9})?)S)?)?$/
const second = 1000
const day = 86_400 * second

/**
 * An xsd:duration (XSD 1.0 part 2, section 3.2.6) in milliseconds: a month is 30 days and a year 365, which is near enough
 * for how often somebody wants to be told. Undefined for what is none, or negative.
 */
export function durationMs(text: string): number | undefined {
  const [, sign, years, months, days, hours, minutes, seconds] = form.exec(text) ?? []
  if (sign !== '') return undefined
  const sum = (units: readonly (readonly [string | undefined, number])[]): number =>
    units.reduce((total, [count, unit]) => total + Number(count ?? 0) * unit, 0)
  return sum([
    [years, 365 * day],
    [months, 30 * day],
    [days, day],
    [hours, 3600 * second],
    [minutes, 60 * second],
    [seconds, second],
  ])
}
