// stood-still.mjs <close|closeAsync> <running|floating|cancelled>: the whole process is stopped for 2.5 s while its runner
// closes, which is longer than the time that a task, work that was left floating, or a task that was cancelled before has for
// its cleanup.
//
// Prints `cleaning up` when it may be stopped, and `pass` when all has been cleaned up and the runner has ended in order.

import { AsyncRunner, Event, ShutdownType, sleep } from 'threaded-async'
import { check } from './support.mjs'

const [close, how] = process.argv.slice(2)
const exitTimeout = { running: 2000, floating: 4000, cancelled: 8000 }[how]
const runner = new AsyncRunner({ exitTimeout })
const [begun, clean] = [new Event(), new Event()]
const task = runner.createTask(
  async (begun, clean, floats) => {
    const work = async () => {
      try {
        begun.set()
        await sleep(Infinity)
      } finally {
        console.log('cleaning up')
        for (let step = 0; step < 20; step++) await sleep(20)
        clean.set()
      }
    }
    if (floats) void work()
    else await work()
  },
  [begun, clean, how === 'floating'],
)
begun.wait()
if (how === 'cancelled') {
  runner.waitForNextEventloopIteration()
  task.cancel()
}
await runner[close]()
check(clean.isSet(), 'all has been cleaned up')
check(runner.shutdownType === ShutdownType.STOPPED, `shutdownType ${runner.shutdownType}`)
console.log('pass')
