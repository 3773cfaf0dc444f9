// A program with `using`, which tsx lowers where Node does not know it yet: which errors a user sees at its end.
//
// Promises one line per case: the class of what was thrown, then what is in it, then how the runner ended. Stops after
// a case that threw nothing.

import { AsyncRunner, ExceptionGroup } from 'threaded-async'

let last: AsyncRunner

function make(fails: boolean): AsyncRunner {
  last = new AsyncRunner()
  if (fails) {
    last.createTask(() => {
      throw new RangeError('task')
    })
  }
  return last
}

function shown(error: unknown): string {
  if (error instanceof ExceptionGroup) return `ExceptionGroup ${error.exceptions.map(each => (each as Error).message)}`
  const { name, message, error: inner, suppressed } = error as Error & { error: unknown; suppressed: unknown }
  return name === 'SuppressedError' ? `${name} ${shown(inner)} / ${shown(suppressed)}` : `${name} ${message}`
}

async function report(what: string, body: () => void | Promise<void>): Promise<void> {
  try {
    await body()
    console.log(`${what}: nothing was thrown`)
  } catch (error) {
    console.log(`${what}: ${shown(error)} ${last.shutdownType === 1 ? 'STOPPED' : last.shutdownType}`)
  }
}

await report('body only', () => {
  using runner = make(false)
  throw new TypeError(runner.isRunning ? 'body' : 'closed early')
})
await report('tasks only', () => {
  using _runner = make(true)
})
await report('both', () => {
  using runner = make(true)
  throw new TypeError(runner.isRunning ? 'body' : 'closed early')
})
await report('await using', async () => {
  await using runner = make(true)
  throw new TypeError(runner.isRunning ? 'body' : 'closed early')
})
