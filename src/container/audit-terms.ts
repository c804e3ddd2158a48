import type { AuditTerms } from '../authz/audit-log.ts'
import type { Configuration } from './configuration.ts'

/** Where the audit log is and how much of it is kept. */
export const auditTerms = ({ logs }: Configuration): AuditTerms => ({
  file: logs.audit,
  rotateBytes: logs['audit-size'],
  keepSeconds: logs['audit-keep'],
  mostBytes: logs['audit-total'],
})
