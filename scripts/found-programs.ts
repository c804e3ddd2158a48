import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a program is in PATH. */
export const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** The services that ship, with the program that each needs; undefined: runs anywhere. */
export const shippedServices: readonly { readonly name: string; readonly program: string }[] = [
  { name: 'newstar', program: 'awk' },
  { name: 'needle', program: 'needle' },
  { name: 'water', program: 'water' },
  { name: 'swarp', program: 'SWarp' },
  { name: 'source-extractor', program: 'source-extractor' },
]
