import type { Command } from 'commander'
import type { Application, ApplicationTest } from '../../application/model.ts'
import { type DescriptionFolder, readDescriptionFolder } from '../../factory/register-application.ts'
import { descriptionsIn } from '../description-paths.ts'
import { missingProgram } from '../installed-program.ts'
import { exitCodes, print, reportError, say } from '../terminal.ts'
import { unshippedFiles } from '../unshipped-files.ts'

interface CheckFlags {
  readonly run?: boolean
  readonly json?: boolean
}

/** What is said of one description. */
interface Checked {
  readonly path: string
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  /** Its program, when that is not installed here: then no test was run. */
  readonly missing?: string
  readonly tests: readonly { readonly asExpected: boolean; readonly wrong: readonly string[] }[]
}

export function addCheck(program: Command): void {
  program
    .command('check <path...>')
    .description('check descriptions (or folders of them); with --run also run the tests that they bring')
    .option('--run', 'run their tests, here and now')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap check --run services/newstar')
    .action(async (paths: readonly string[], flags: CheckFlags) => {
      const checked: Checked[] = []
      for (const path of paths) {
        try {
          for (const found of await descriptionsIn(path)) await attempt(found, flags, checked)
        } catch (error) {
          process.exitCode = reportError(error)
        }
      }
      if (flags.json === true) print(JSON.stringify(checked))
    })
}

/** A bad description does not keep the others from being looked at. */
async function attempt(path: string, flags: CheckFlags, checked: Checked[]): Promise<void> {
  try {
    checked.push(await check(path, flags))
  } catch (error) {
    process.exitCode = reportError(error)
  }
}

async function check(path: string, { run, json }: CheckFlags): Promise<Checked> {
  const folder = await readDescriptionFolder(path)
  const { application } = folder
  const missing = missingProgram(application)
  if (json !== true) print(praise(application))
  if (json !== true && missing !== undefined)
    say(`  ${missing} is not installed here${run === true ? ', so its tests are skipped' : ''}.`)
  if (json !== true)
    for (const name of unshippedFiles(folder))
      say(
        `  Note: ${name} lies beside the description, and is not where it runs: put it under "files:" (files: [${name}]).`,
      )
  const tests: { asExpected: boolean; wrong: readonly string[] }[] = []
  if (run === true && missing === undefined) {
    await using tester = await openTester(folder)
    for (const [index, test] of application.tests.entries()) {
      const wrong = await tester.test(test)
      tests.push({ asExpected: wrong.length === 0, wrong })
      if (json !== true) {
        print(`  test ${index + 1}: ${wrong.length === 0 ? 'as expected' : 'NOT as expected'}`)
        for (const one of wrong) say(`    ${one}`)
      }
      if (wrong.length > 0) process.exitCode = exitCodes.jobFailed
    }
    if (application.tests.length === 0 && json !== true) print('  It brings no tests: see "tests:" in the manual.')
  }
  const { name, inputs, outputs } = application
  return {
    path,
    name,
    inputs: inputs.length,
    outputs: outputs.length,
    ...(missing === undefined ? {} : { missing }),
    tests,
  }
}

interface Tester extends AsyncDisposable {
  test(test: ApplicationTest): Promise<readonly string[]>
}

/** The calls of a session are tried in one session, in order; all else in runs of their own. */
async function openTester(folder: DescriptionFolder): Promise<Tester> {
  if (folder.application.session !== undefined || folder.application.library !== undefined) {
    const { LocalSession } = await import('../local-session.ts')
    return LocalSession.open(folder)
  }
  const { runDescriptionTest } = await import('../description-tests.ts')
  return { test: test => runDescriptionTest(folder, test), [Symbol.asyncDispose]: async () => undefined }
}

const praise = ({ name, inputs, outputs, operations, tests }: Application): string => {
  const what =
    operations === undefined
      ? [counted(inputs, 'input'), counted(outputs, 'output')]
      : [counted(operations, 'operation')]
  return `${name}: the description is good (${[...what, counted(tests, 'test')].join(', ')})`
}

const counted = (list: readonly unknown[], what: string): string =>
  `${list.length} ${what}${list.length === 1 ? '' : 's'}`
