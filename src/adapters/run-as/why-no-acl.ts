import { runCommand } from './run-command.ts'

/** Whether a default ACL can be set on a directory of ours, and why not; what is there is left as it was. */
export async function whyNoAcl(directory: string): Promise<string | undefined> {
  try {
    await runCommand(['setfacl', '-m', 'd:u::rwx', '--', directory])
    await runCommand(['setfacl', '-k', '--', directory])
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
