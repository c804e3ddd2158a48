import { expect, test } from 'vitest'
import { replyFault } from '../../../src/gridftp/client/reply-fault.ts'

test.each([
  [530, 'Login incorrect.', 'credential-problem'],
  [535, 'Authentication failed: certificate has expired', 'credential-problem'],
  // The network changed a byte of the log-in.
  [530, 'globus_gss_assist: error:0A000119:SSL routines::decryption failed or bad record mac', 'busy'],
  [535, 'SSL routines::wrong version number', 'busy'],
  [550, 'No such file or directory', 'not-found'],
  [500, 'Command failed : System error in open: Permission denied', 'denied'],
  [451, 'No space left on device', 'busy'],
  [421, 'Idle timeout: closing control connection.', 'busy'],
] as const)('%i %s is %s', (code, text, means) => {
  expect(replyFault({ code, lines: [text] }, 'It').code).toBe(means)
})
