// A main thread that waits without a pause, in a loop that only Ctrl-C ends: `node ctrl-c-storm.mjs get|flood|put|run|rest`.
//
// Prints `ready`; each Ctrl-C has to end a wait with InterruptedError. Whatever wait that is, it may have been served in
// that very moment: then the signal is for the next one. Ends with the code 9, which the listener sets.

import { AsyncRunner, InterruptedError, Queue, Server } from 'threaded-async'
import { writeSync } from 'node:fs'

process.on('SIGINT', () => process.exit(9))

const runner = new AsyncRunner()

/** A queue that a task of the runner fills, and takes from. */
function fed(options) {
  const queue = new Queue(runner, options)
  runner.createTask(
    async queue => {
      for (;;) await queue.put(1)
    },
    [queue],
  )
  return queue
}

function drained() {
  const queue = new Queue(runner, { maxsize: 1 })
  runner.createTask(
    async queue => {
      for (;;) await queue.get()
    },
    [queue],
  )
  return queue
}

const rounds = {
  get() {
    const queue = fed({ maxsize: 1 })
    return () => queue.getWait()
  },
  // There is always an item: the wait never sleeps.
  flood() {
    const queue = new Queue()
    queue.putNowait(1)
    return () => queue.putWait(queue.getWait())
  },
  put() {
    const queue = drained()
    return () => queue.putWait(1)
  },
  run: () => () => runner.run(() => 1),
  rest() {
    const server = new Server({ handlers: {} })
    return () => server.process()
  },
}

const round = rounds[process.argv[2]]()
round()
writeSync(1, 'ready\n')
try {
  for (;;) round()
} catch (error) {
  if (!(error instanceof InterruptedError)) throw error
}
// The listener ends it, once the loop comes round.
