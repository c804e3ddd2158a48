import type { Configuration } from '../container/configuration.ts'
import { prepareControlGroup } from '../container/control-group.ts'
import type { SystemAccount } from '../core/system-account.ts'
import { say } from './terminal.ts'

/** Makes `run: cgroup` ready, for an account where root does it, and says for what there is no controller. */
export async function shareControlGroup({ run }: Configuration, owner?: SystemAccount): Promise<void> {
  const missing = await prepareControlGroup(run.cgroup, owner)
  if (missing.length > 0)
    say(
      `Note: run: cgroup: there is no controller for ${missing.join(', ')} here; such limits are looked at once a second.`,
    )
}
