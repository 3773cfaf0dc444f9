// observed-early.mjs: subscribers that are there before the package is.
//
// Shows that they are told of what the program does, and of the end of a task that comes while the main thread only
// blocks. Prints what they were told.

import { subscribe } from 'node:diagnostics_channel'

const told = []
subscribe('threaded-async:runner', ({ event }) => told.push(event))
subscribe('tracing:threaded-async:task:start', () => told.push('start'))
subscribe('tracing:threaded-async:task:end', () => told.push('end'))
subscribe('tracing:threaded-async:task:asyncEnd', ({ outcome }) => told.push('asyncEnd', outcome))

const { AsyncRunner } = await import('threaded-async')
const runner = new AsyncRunner()
runner.createTask(() => 1).wait()
runner.close()
console.log(told.join(' '))
