// close-left.mjs <own|ctrl-c>: a runner with a task that swallows its cancellation is closed by one of its own tasks; or by
// a close that is left by Ctrl-C, to which this program listens. Another thread waits for a queue of it meanwhile.
//
// Prints `closing` when it may be interrupted, and `pass` when the other thread was released.

import { AsyncRunner, Event, Queue, ShutdownType } from 'threaded-async'
import { check, written } from './support.mjs'

const [how] = process.argv.slice(2)
const isOwn = how === 'own'
const runner = new AsyncRunner({ name: 'own', exitTimeout: isOwn ? 100 : Infinity, logForcedShutdownStackTrace: isOwn })
const other = new AsyncRunner({ allowBlocking: true })
const [begun, queue] = [new Event(), new Queue(runner)]
runner.createTask(
  async begun => {
    begun.set()
    for (;;) await sleep(10).catch(() => {})
  },
  [begun],
  { name: 'left' },
)
begun.wait()
const waiting = other.createTask(
  queue => {
    try {
      queue.getWait()
    } catch (error) {
      return error.code
    }
  },
  [queue],
)
if (isOwn) runner.createTask(() => AsyncRunner.current.closeAsync(), [], { name: 'closer' })
else {
  let code
  process.on('SIGINT', () => {})
  written('closing\n')
  try {
    runner.close()
  } catch (error) {
    code = error.code
  }
  check(code === 'ERR_INTERRUPTED', `close ended with ${code}`)
  runner.exitTimeout = 100
}
const released = waiting.wait()
check(released === 'ERR_QUEUE_SHUT_DOWN', `the other thread's wait ended with ${released}`)
check(runner.shutdownType === ShutdownType.FORCE_STOPPED, `shutdownType ${runner.shutdownType}`)
other.close()
written('pass\n')
