/**
 * Takes the character data of one element while it is read, in pieces of any size. A sink bounds what it takes and
 * refuses text by throwing a `SinkRefusal`.
 */
export interface TextSink {
  write(text: string): void
  /** Called once at the end tag; its result becomes `streamed` of the element. */
  end(): unknown
}

/** Chooses the elements whose text is handed to a sink instead of being kept. The root is at depth 1. */
export type StreamElement = (namespace: string, local: string, depth: number) => TextSink | undefined
