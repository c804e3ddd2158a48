import { type Document, parseDocument } from 'yaml'
import { ImportError } from '../import-error.ts'
import { isMap } from './cwl-type.ts'

export type CwlMap = Readonly<Record<string, unknown>>

/** An input or output with its name, whichever way the document lists them. */
export interface CwlParameter {
  readonly id: string
  readonly fields: CwlMap
}

const largest = 1024 * 1024

/**
 * The one CommandLineTool of a CWL document, v1.0 to v1.2, in YAML or JSON.
 *
 * @throws {ImportError} when it is none: a Workflow, an ExpressionTool, several tools, no CWL.
 */
export function readCwl(text: string, file: string): CwlMap {
  if (text.length > largest) throw new ImportError(file, undefined, `it has more than ${largest / 1024} KiB`)
  const document = parsed(text, file)
  const graph = document['$graph']
  const tools = Array.isArray(graph) ? graph.filter(isMap) : [document]
  const tool = tools.find(one => one['class'] === 'CommandLineTool')
  const kind = tools[0]?.['class']
  if (tool === undefined)
    throw new ImportError(
      file,
      undefined,
      typeof kind === 'string'
        ? `it is a ${kind}, and not one program; import the CommandLineTools that it names`
        : 'it is no CWL: a document has a class',
    )
  if (tools.filter(one => one['class'] === 'CommandLineTool').length > 1)
    throw new ImportError(file, undefined, 'it has several tools ($graph); give a file for each')
  const version = document['cwlVersion'] ?? tool['cwlVersion']
  if (version !== undefined && !/^v1\.[0-2]$/.test(String(version)))
    throw new ImportError(file, undefined, `cwlVersion ${String(version)} is not known here; v1.0 to v1.2 are`)
  return tool
}

function parsed(text: string, file: string): CwlMap {
  const yaml = parseDocument(text, { uniqueKeys: false, logLevel: 'silent' })
  const [wrong] = yaml.errors
  if (wrong !== undefined)
    throw new ImportError(file, wrong.linePos?.[0].line, `it is no YAML: ${wrong.message.split('\n')[0]}`)
  const document = inJson(yaml, file)
  if (!isMap(document)) throw new ImportError(file, undefined, 'it is no CWL: a document is keys and values')
  return document
}

/** Aliases may be used, and not to make much of little. */
function inJson(yaml: Document, file: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new ImportError(file, undefined, `it cannot be read: ${(error as Error).message}`)
  }
}

/** Parameters that are written as a list of maps with `id`, or as a map whose values may be types alone. */
export function parametersOf(tool: CwlMap, key: 'inputs' | 'outputs'): readonly CwlParameter[] {
  const all = tool[key]
  if (Array.isArray(all))
    return all.filter(isMap).map(one => ({ id: String(one['id'] ?? '').replace(/^.*[#/]/, ''), fields: one }))
  if (!isMap(all)) return []
  return Object.entries(all).map(([id, value]) => ({
    id,
    fields: isMap(value) && !('items' in value) && value['type'] !== 'enum' ? value : { type: value },
  }))
}

/** A requirement or hint of the class, in either form; requirements win. */
export function requirementOf(tool: CwlMap, name: string): CwlMap | undefined {
  for (const key of ['requirements', 'hints']) {
    const all = tool[key]
    if (Array.isArray(all)) {
      const found = all.find(one => isMap(one) && one['class'] === name) as CwlMap | undefined
      if (found !== undefined) return found
    } else if (isMap(all) && name in all) return isMap(all[name]) ? all[name] : {}
  }
  return undefined
}
