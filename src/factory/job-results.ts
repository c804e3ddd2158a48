import type { Application } from '../application/model.ts'
import type { StoredFile, StoredResult, StoredResults } from '../application/stored-results.ts'
import type { Handles } from '../ogsi/handle.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { InstanceFiles } from './instance-files.ts'
import type { StoredOptions } from './job-options.ts'
import { jobStatus } from './job-status.ts'

const mostInlineAltogether = 16 * 1024 * 1024

/** The typed results of an ended instance: a value of the contract's results type (src/wsdl/contract.ts). */
export async function jobResults(
  row: InstanceRow,
  application: Application,
  handles: Handles,
  instances: InstanceStore,
  files: InstanceFiles,
): Promise<Readonly<Record<string, unknown>>> {
  const stored = row.results === null ? undefined : (JSON.parse(row.results) as StoredResults)
  const { inlineBytes } = JSON.parse(row.options) as StoredOptions
  const status = await jobStatus(row, handles, instances)
  const results: Record<string, unknown> = {}
  let left = mostInlineAltogether
  for (const output of application.outputs) {
    if (output.source.kind === 'value') {
      const value = stored?.values[output.name]
      if (value !== undefined)
        results[output.name] = Array.isArray(value) ? value.map(restore) : restore(value as StoredResult)
      continue
    }
    const entries: object[] = []
    for (const file of stored?.files[output.name] ?? []) {
      const inline = file.size <= Math.min(inlineBytes, left)
      if (inline) left -= file.size
      entries.push(await fileOut(row, file, handles, files, inline))
    }
    const list = output.source.kind === 'files' || output.source.kind === 'directory'
    if (entries.length > 0) results[output.name] = list ? entries : entries[0]
  }
  return {
    ...results,
    ...(status.warning === undefined ? {} : { warning: status.warning }),
    status,
    ...(stored === undefined ? {} : { ran: stored.ran }),
  }
}

/** The output files of an ended instance, without their bytes: FileOut of wsdl/job.xsd. */
export async function outputFiles(
  row: InstanceRow,
  handles: Handles,
  files: InstanceFiles,
): Promise<readonly object[]> {
  const stored = row.results === null ? undefined : (JSON.parse(row.results) as StoredResults)
  const listed = Object.values(stored?.files ?? {}).flat()
  return Promise.all(listed.map(file => fileOut(row, file, handles, files, false)))
}

const restore = (value: StoredResult): unknown => (typeof value === 'object' ? BigInt(value.integer) : value)

/** A file that an instance has, as a FileOut of wsdl/job.xsd. */
export async function fileOut(
  row: InstanceRow,
  file: StoredFile,
  handles: Handles,
  files: InstanceFiles,
  inline: boolean,
): Promise<object> {
  const path = file.name.split('/').map(encodeURIComponent).join('/')
  const content = inline ? await files.readWhole(row, file.name, file.size) : undefined
  return {
    name: file.name,
    size: BigInt(file.size),
    sha256: file.sha256,
    mediaType: file.mediaType,
    url: [`${handles.instance(row.id)}/files/${path}`],
    ...(content === undefined ? {} : { content }),
  }
}
