import { lockFile } from '../../src/transfer/lock-file.ts'

// Takes a lock at a certain time, and gives it back when it is told to.
let held: AsyncDisposable | undefined
process.on('message', (words: Words) => void obey(words))

async function obey({ take }: Words): Promise<void> {
  if (take === undefined) {
    await held?.[Symbol.asyncDispose]()
    process.send?.({})
    return
  }
  while (Date.now() < take.at);
  held = await lockFile(take.path)
  process.send?.({ taken: held !== undefined })
}

interface Words {
  readonly take?: { readonly path: string; readonly at: number }
}
