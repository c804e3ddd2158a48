/** Which of an owner's credentials a job is to use: one by its name, or the one that they delegated last. */
export interface CredentialChoice {
  /** The group or role in which the job was asked for; '' when there is none. */
  readonly role: string
  readonly name: string | undefined
}

/** The choice among the options that the store keeps of an instance; those of earlier versions have none. */
export function storedChoice(options: string): CredentialChoice {
  const { credential } = JSON.parse(options) as { readonly credential?: { role: string; name?: string } }
  return { role: credential?.role ?? '', name: credential?.name }
}
