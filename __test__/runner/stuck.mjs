// A program whose loop has to be forced, so that what it says on stderr can be looked at.
//
// Promises how the runner ended as its only output on stdout. `argv`: the option ('default' leaves it out), the door.

import { AsyncRunner, Event, ShutdownType } from 'threaded-async'

const [, , how, door] = process.argv
const runner = new AsyncRunner({
  name: 'stuck loop',
  exitTimeout: 100,
  ...(how === 'default' ? {} : { logForcedShutdownStackTrace: how === 'true' }),
})
const begun = new Event()
runner.createTask(
  event => {
    function innermost() {
      event.set()
      for (;;);
    }
    innermost()
  },
  [begun],
  { name: 'spinner' },
)
begun.wait()
await runner[door]()
const [name] = Object.entries(ShutdownType).find(([, type]) => type === runner.shutdownType)
process.stdout.write(`${name}\n`)
