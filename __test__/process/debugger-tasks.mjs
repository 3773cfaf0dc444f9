// A task to be stopped at a breakpoint, in the line that `debugger-editor.mjs` knows.

import { sleep, taskModule } from 'threaded-async'

export async function double(a) {
  await null
  const b = a * 2
  return b
}

export async function doubleInto(queue, a) {
  await queue.put(await double(a))
}

export async function askAndDouble(client, a) {
  return await double(await client.twice(a))
}

export async function doubleAtLast() {
  try {
    await sleep(60_000)
  } finally {
    await double(21)
  }
}

export const tasks = taskModule(import.meta.url)
