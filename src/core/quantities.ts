const durations: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
const sizes: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}

const quantity = (text: string, units: Readonly<Record<string, number>>): number | undefined => {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/.exec(text.trim())
  const unit = match?.[2] === undefined ? undefined : units[match[2]]
  return unit === undefined ? undefined : Number(match?.[1]) * unit
}

/** `90s`, `30m`, `2h`, `7d`, `4w` in seconds; undefined when the text is no duration. */
export const parseDuration = (text: string): number | undefined => quantity(text, durations)

/** `500KB`, `4GB`, `1.5MiB` in bytes; undefined when the text is no size. */
export const parseSize = (text: string): number | undefined => {
  const bytes = quantity(text, sizes)
  return bytes === undefined ? undefined : Math.floor(bytes)
}

/** Bytes as people read them: `1.5 MB`. */
export function formatSize(bytes: number): string {
  let value = bytes
  for (const unit of ['B', 'KB', 'MB', 'GB']) {
    if (value < 1000) return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`
    value /= 1000
  }
  return `${value.toFixed(1)} TB`
}

/** Seconds as people read them: `2 d 3 h`, `4 min 10 s`. */
export function formatDuration(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`
}
