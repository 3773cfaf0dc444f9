// A program whose inline functions import the program itself, and with it what stands at its top.
//
// Promises that this ends with an error, and with a few threads. `own`: the top awaits such a task; `blocks`: it blocks for
// it; `late`: it creates it some time later; `two`: on a loop it is another function; `named`: it is not awaited. What the
// functions call in the file is no circle: `helper` creates others of the same function, and `self` creates itself.

import { AsyncRunner } from 'threaded-async'
import { countImport, end, report } from './report.mjs'

const { current } = AsyncRunner
const how = process.env.CIRCLE
const { url } = import.meta
countImport()

const first = async url => (await import(url)).value
const second = async url => 2 * (await import(url)).value

export const value = 7

/** Creates a task on another loop, after a turn of this one. */
export async function elsewhere(fn, ...args) {
  await null
  const runner = new AsyncRunner()
  try {
    return await runner.createTask(fn, args).result()
  } finally {
    await runner.closeAsync()
  }
}

export const helped = async (url, depth) => {
  const own = await import(url)
  return depth === 0 ? 0 : 1 + (await own.elsewhere(own.helped, url, depth - 1))
}

const self = async function self(url, depth) {
  const { elsewhere } = await import(url)
  return depth === 0 ? 0 : 1 + (await elsewhere(self, url, depth - 1))
}

async function main() {
  if (how === 'blocks') return AsyncRunner.use(runner => runner.run(first, [url]), { allowBlocking: true })
  if (how === 'late') await new Promise(resolve => setTimeout(resolve, 5))
  if (how === 'helper') return elsewhere(helped, url, 3)
  if (how === 'self') return elsewhere(self, url, 3)
  return elsewhere(how === 'two' && current !== undefined ? second : first, url)
}

if (how === 'named' && current !== undefined) {
  const runner = new AsyncRunner()
  runner.createTask(first, [url]) // The import fails with its error.
} else if (current === undefined || !['helper', 'self'].includes(how)) {
  await report(main)
}
end()
