// prewarm.mjs <how> <state>: a process that ends while loops are kept ready.
//
// `state` is how far they are then: up or starting. `how` is what ends the process. One runner has taken a loop and is
// not closed. Prints `pass` when all is in place; the exit code, and that there is an end, is for the spec.

import { AsyncRunner, sleep } from 'threaded-async'
import { check } from './support.mjs'

const [how, state] = process.argv.slice(2)

AsyncRunner.prewarm(3)
if (state === 'up') {
  while (AsyncRunner.prewarm() < 3) await sleep(1)
  const runner = new AsyncRunner()
  check(runner.run(x => x + 1, [1]) === 2, 'it runs')
}

console.log('pass')
if (how === 'exit') process.exit(7)
if (how === 'exitCode') process.exitCode = 5
