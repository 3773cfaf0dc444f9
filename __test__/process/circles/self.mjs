// A program that is its own task module, in the way of argv: loops import it, too, and with it what stands at its top.
//
// Promises that this ends with an error, and with a few threads. `own`: the top awaits a task of this module; `later`:
// it leaves that to a function it does not wait for; `other`: it goes over another module; `body`: over a task of
// another module, which creates the task in its function; `plain`: by callInLoop.

import { AsyncRunner, taskModule } from 'threaded-async'
import { countImport, end, report } from './report.mjs'

const { current } = AsyncRunner
const how = process.env.CIRCLE
countImport()

const tasks = taskModule(import.meta.url)
const other = taskModule(new URL('./other.mjs', import.meta.url))

/** What tasks do in their functions is no circle: here they create others of this module, on other loops. */
export async function count(depth) {
  if (depth === 0) return 0
  const runner = new AsyncRunner()
  try {
    return 1 + (await runner.createTask(taskModule(import.meta.url).count, [depth - 1]).result())
  } finally {
    await runner.closeAsync()
  }
}

async function main() {
  const runner = new AsyncRunner({ allowBlocking: how === 'plain' })
  try {
    if (how === 'own' || how === 'nested') return await runner.createTask(tasks.count, [how === 'own' ? 0 : 3]).result()
    if (how === 'plain') return runner.callInLoop(tasks.one)
    if (how === 'other') return await runner.createTask(other.none).result()
    if (how === 'body') return await runner.createTask(other.create, [import.meta.url]).result()
    await new Promise(resolve => setTimeout(resolve, 20))
    return await runner.createTask(tasks.count, [0]).result()
  } finally {
    await runner.closeAsync()
  }
}

export const one = () => 1

if (how === 'later') {
  const ended = main().then(result => console.log('result', result))
  if (current === undefined) await ended.catch(error => console.log(error.code, error.exceptions?.[0]?.code))
} else if (how !== 'nested' || current === undefined) {
  await report(main)
}
end()
