import type { ByteSink } from '../gridftp/data/byte-ends.ts'
import { ByteRanges } from '../gridftp/protocol/byte-ranges.ts'
import { bothSides } from './both-sides.ts'
import type { Copied, CopyOptions } from './copy-options.ts'
import type { Endpoints } from './endpoints.ts'
import type { Location } from './location.ts'
import { Relay } from './relay.ts'

/** Copies what comes through a pipe, or into one: once, because it cannot be had again. */
export async function copyStream(
  endpoints: Endpoints,
  source: Location,
  destination: Location,
  options: CopyOptions,
): Promise<Copied> {
  const { signal, listener } = options
  let size = 0
  const onBytes = (count: number): void => {
    size += count
    listener?.onBytes?.(count)
  }
  const pipe = new Relay(undefined)
  const reading =
    source.scheme === 'stream'
      ? readStandardInput(pipe, onBytes)
      : endpoints.at(source).read(source.path, pipe, { have: new ByteRanges(), inOrder: true, signal, onBytes })
  const writing =
    destination.scheme === 'stream'
      ? writeStandardOutput(pipe)
      : endpoints.at(destination).write(destination.path, pipe, {
          stored: undefined,
          onStored: () => undefined,
          signal,
          onBytes: () => undefined,
        })
  await bothSides(pipe, reading, writing)
  return { size, verified: 'not at all', attempts: 1 }
}

async function readStandardInput(sink: ByteSink, onBytes: (count: number) => void): Promise<void> {
  let at = 0
  for await (const chunk of process.stdin) {
    const bytes = chunk as Buffer
    await sink.write([bytes], at)
    at += bytes.length
    onBytes(bytes.length)
  }
}

async function writeStandardOutput(pipe: Relay): Promise<void> {
  const buffer = Buffer.allocUnsafe(262_144)
  for (let at = 0; ; ) {
    const count = await pipe.read(buffer, at)
    if (count === 0) return
    at += count
    await new Promise<void>((resolve, reject) =>
      process.stdout.write(Buffer.from(buffer.subarray(0, count)), error =>
        error == null ? resolve() : reject(error),
      ),
    )
  }
}
