import type { StoredDelivery } from '../core/stored-delivery.ts'
import type { CredentialChoice } from '../delegation/credential-choice.ts'

/** Control fields of a run, apart from the program's own inputs (JobOptions of wsdl/job.xsd), as the decoder gives them. */
export interface JobOptions {
  readonly requestId?: string
  readonly label?: string
  readonly waitSeconds?: number
  readonly keepSeconds?: number
  readonly inlineBytes?: bigint
  /** The name of the delegated credential that the program is to use. */
  readonly delegation?: string
  readonly deliver?: readonly StoredDelivery[]
  readonly limits?: {
    readonly timeSeconds?: number
    readonly memoryBytes?: bigint
    readonly diskBytes?: bigint
    readonly outputBytes?: bigint
    readonly processes?: number
    readonly cores?: number
  }
}

/** What the store keeps of them. */
export interface StoredOptions {
  readonly inlineBytes: number
  readonly limits: Readonly<Record<string, number>>
  readonly credential: CredentialChoice
  readonly deliver: readonly StoredDelivery[]
}

const defaultInlineBytes = 256 * 1024
const mostInlineBytes = 16 * 1024 * 1024

export const storeOptions = (
  { inlineBytes, limits, deliver = [] }: JobOptions,
  credential: CredentialChoice,
): StoredOptions => ({
  credential,
  deliver,
  inlineBytes: Math.min(Number(inlineBytes ?? defaultInlineBytes), mostInlineBytes),
  limits: Object.fromEntries(
    [
      ['time', limits?.timeSeconds],
      ['memory', limits?.memoryBytes],
      ['disk', limits?.diskBytes],
      ['output', limits?.outputBytes],
      ['processes', limits?.processes],
      ['cores', limits?.cores],
    ].flatMap(([name, value]) => (value === undefined ? [] : [[name, Number(value)]])),
  ),
})
