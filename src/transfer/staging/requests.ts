/** What the keeper asks of the process that moves files for jobs. */
export type StagingRequest = FetchRequest | DeliverRequest

interface Moved {
  readonly url: string
  /** The owner's proxy with its key, in PEM; undefined: nobody in particular. */
  readonly credential: string | undefined
}

export interface FetchRequest extends Moved {
  readonly verb: 'fetch'
  /** A path of the container's own, which is free, or holds the whole file from an earlier attempt. */
  readonly path: string
  readonly mostBytes: number
}

export interface DeliverRequest extends Moved {
  readonly verb: 'deliver'
  /** A directory of the job, and the path of the file in it. */
  readonly root: string
  readonly file: string
  /** An earlier attempt may have sent it. */
  readonly again: boolean
}

/** How far a file is; the size is null while nobody knows it. */
export interface StagingProgress {
  readonly bytes: number
  readonly size: number | null
}

/** What has moved. */
export interface StagingResult {
  readonly size: number
  readonly sha256: string
}
