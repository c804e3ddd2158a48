import type { KeyPool } from '../../gsi/key-pool.ts'
import * as agree from './commands/agree.ts'
import type { CommandHandler } from './commands/command.ts'
import * as addresses from './commands/data-addresses.ts'
import * as files from './commands/files.ts'
import * as listings from './commands/listings.ts'
import { logInCommands } from './commands/log-in.ts'
import * as transfers from './commands/transfers.ts'

/** Every command that is understood. */
export function commandTable(keys: KeyPool): ReadonlyMap<string, CommandHandler> {
  const table: Record<string, CommandHandler> = {
    ...logInCommands(keys),
    TYPE: agree.type,
    MODE: agree.mode,
    STRU: agree.structure,
    PBSZ: agree.protectionBuffer,
    PROT: agree.protection,
    DCAU: agree.dataAuthentication,
    OPTS: agree.options,
    SBUF: agree.bufferSize,
    ALLO: agree.allocate,
    PWD: agree.workingDirectory,
    CWD: agree.changeDirectory,
    CDUP: agree.changeUp,
    FEAT: agree.features,
    SYST: agree.system,
    NOOP: agree.nothing,
    ABOR: () => ({ code: 226, lines: 'Nothing goes on.' }),
    LANG: agree.language,
    STAT: agree.status,
    PASV: addresses.passive,
    EPSV: addresses.extendedPassive,
    SPAS: addresses.stripedPassive,
    PORT: addresses.port,
    EPRT: addresses.extendedPort,
    SPOR: addresses.stripedPort,
    REST: transfers.restart,
    RETR: transfers.retrieve,
    ERET: transfers.retrievePart,
    STOR: transfers.store,
    ESTO: transfers.storePart,
    APPE: transfers.append,
    MLST: listings.describe,
    MLSD: listings.machineListing,
    NLST: listings.nameListing,
    LIST: listings.longListing,
    SIZE: files.size,
    MDTM: files.modified,
    MFMT: files.setModified,
    CKSM: files.checksum,
    MKD: files.makeDirectory,
    RMD: files.removeDirectory,
    DELE: files.remove,
    RNFR: files.renameFrom,
    RNTO: files.renameTo,
  }
  const help = agree.help([...Object.keys(table), 'HELP', 'SITE', 'QUIT'])
  return new Map(Object.entries({ ...table, HELP: help, SITE: agree.site(help) }))
}
