import { acquireLease } from './acquire-lease.ts'
import { addRegistration } from './add-registration.ts'
import { addNotes, labelInstance } from './annotate-instance.ts'
import { beginAttempt, endAttempt, markActive, markSuspension, recordDoom } from './attempts.ts'
import { finishCheckpoint, tellCheckpoint, wantCheckpoint } from './checkpoints.ts'
import { createInstance } from './create-instance.ts'
import { desire } from './desire.ts'
import { destroyInstance, markCleaned, sweepExpired } from './destroy-instance.ts'
import { finishInstance, recordProgress } from './finish-instance.ts'
import { endGridService, setGridServiceLifetime, sweepGridServices } from './grid-services.ts'
import { claimEndedHosted, createHosted, forgetHosted, openHosted, saveHosted } from './hosted.ts'
import { beginDelegation, dropCredential, dropExpired, keepCredential } from './keep-credential.ts'
import { receiveUpload } from './receive-upload.ts'
import { recordUse } from './record-use.ts'
import { registerApplication, unregisterService } from './register-application.ts'
import { extendLifetime, setLifetime } from './set-lifetime.ts'
import { shareInstance, unshareInstance } from './share-instance.ts'
import { startInstance } from './start-instance.ts'
import { addSubscription, recordDelivery, recordRefusal } from './subscriptions.ts'
import { takeMessage } from './take-message.ts'
import { failBeforeStart, finishDeliveries, recordTransfer } from './transfers.ts'

/** Every way in which the store changes. Each entry is one transaction: compare-and-set and its events. */
export const writes = {
  acquireLease,
  addNotes,
  addRegistration,
  addSubscription,
  beginAttempt,
  beginDelegation,
  claimEndedHosted,
  createHosted,
  createInstance,
  desire,
  destroyInstance,
  dropCredential,
  dropExpired,
  endAttempt,
  endGridService,
  extendLifetime,
  failBeforeStart,
  finishCheckpoint,
  finishDeliveries,
  finishInstance,
  forgetHosted,
  keepCredential,
  labelInstance,
  markActive,
  markCleaned,
  markSuspension,
  openHosted,
  receiveUpload,
  recordDelivery,
  recordDoom,
  recordProgress,
  recordRefusal,
  recordTransfer,
  recordUse,
  registerApplication,
  saveHosted,
  setGridServiceLifetime,
  setLifetime,
  shareInstance,
  startInstance,
  takeMessage,
  tellCheckpoint,
  sweepExpired,
  sweepGridServices,
  unregisterService,
  unshareInstance,
  wantCheckpoint,
}

export type Writes = typeof writes
export type WriteName = keyof Writes
export type WriteArgs<K extends WriteName> = Parameters<Writes[K]>[1]
export type WriteResult<K extends WriteName> = ReturnType<Writes[K]>
