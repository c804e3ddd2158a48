/** How much is moved. */
export interface Amount {
  /** Of the one large file. */
  readonly bytes: number
  /** Small files in one directory. */
  readonly files: number
}

/** Bytes of each small file. */
export const smallFile = 10 * 1024

const full: Amount = { bytes: 1024 ** 3, files: 10_000 }

/** What the environment says, else the full size. Throws when it says no whole number from 1. */
export const wantedAmount = (): Amount => ({
  bytes: wanted('BENCH_GRIDFTP_BYTES', full.bytes),
  files: wanted('BENCH_GRIDFTP_FILES', full.files),
})

export const isFull = ({ bytes, files }: Amount): boolean => bytes === full.bytes && files === full.files

/** Enough to warm up with. */
export const aTenth = ({ bytes, files }: Amount): Amount => ({
  bytes: Math.ceil(bytes / 10),
  files: Math.ceil(files / 10),
})

function wanted(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new Error(`${name} must be a whole number from 1, as ${otherwise}.`)
}
