import type { Command } from 'commander'
import { exitCodes, print, say } from '../terminal.ts'

/** `gridwrap export cwl FOLDER`: a description for others. */
export function addExport(program: Command): void {
  const kinds = program
    .command('export')
    .description('write a description in a form that other systems take')
    .addHelpText('after', '\nExample:\n  gridwrap export cwl services/needle > needle.cwl')
  kinds
    .command('cwl <folder>')
    .description('a CWL v1.2 CommandLineTool, on standard output; what it cannot say is told')
    .addHelpText(
      'after',
      '\nExample:\n  gridwrap export cwl services/needle > needle.cwl && cwltool needle.cwl job.yaml',
    )
    .action(async (folder: string) => {
      const { readDescriptionFolder } = await import('../../factory/register-application.ts')
      const { exportCwl } = await import('../../application/exporters/export-cwl.ts')
      const { stringify } = await import('yaml')
      const { application } = await readDescriptionFolder(folder)
      const { tool, notes, problems } = exportCwl(application)
      for (const note of notes) say(`Note: ${note}`)
      for (const problem of problems) say(`${folder}: ${problem}`)
      if (problems.length > 0) process.exitCode = exitCodes.usage
      else print(stringify(tool, { lineWidth: 0 }))
    })
}
