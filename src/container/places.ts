import { join } from 'node:path'

/** The folders of a container's data directory. */
export const bundlesDirectory = (data: string): string => join(data, 'applications')
/** Credentials that callers delegated. */
export const credentialsDirectory = (data: string): string => join(data, 'credentials')
/** Files of requests that are still being read; on the instances' file system, so that they can be renamed into place. */
export const incomingDirectory = (instances: string): string => join(instances, '.incoming')
/** Where the process that can start programs as other accounts is asked to. */
export const launcherSocket = (data: string): string => join(data, 'launcher.sock')
/** How far the audit log has told what happened. */
export const auditPosition = (data: string): string => join(data, 'audit-position')
/** Inputs that were fetched before; on the instances' file system, so that they can be linked. */
export const inputCacheDirectory = (instances: string): string => join(instances, '.cache')
