import type { Migration } from 'kysely/migration'
import { initial } from './001-initial.ts'
import { uploadsAndHolds } from './002-uploads-and-holds.ts'
import { credentials } from './003-credentials.ts'
import { delegations } from './004-delegations.ts'
import { accounts } from './005-accounts.ts'
import { signedMessages } from './006-signed-messages.ts'
import { whoWanted } from './007-who-wanted.ts'
import { transfers } from './008-transfers.ts'
import { gridServices } from './009-grid-services.ts'
import { checkpoints } from './010-checkpoints.ts'
import { stays } from './011-stays.ts'
import { resourceUse } from './012-resource-use.ts'

/** Every migration, in order. A migration that was released is never edited. */
export const migrations: Record<string, Migration> = {
  '001-initial': initial,
  '002-uploads-and-holds': uploadsAndHolds,
  '003-credentials': credentials,
  '004-delegations': delegations,
  '005-accounts': accounts,
  '006-signed-messages': signedMessages,
  '007-who-wanted': whoWanted,
  '008-transfers': transfers,
  '009-grid-services': gridServices,
  '010-checkpoints': checkpoints,
  '011-stays': stays,
  '012-resource-use': resourceUse,
}
