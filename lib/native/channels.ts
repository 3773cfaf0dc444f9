// Where those who watch a program from outside are told what happens: channels of `node:diagnostics_channel`.
//
// Promises that who has subscribed before this package was loaded is told as well, and that a channel to which nobody has
// subscribed costs one look at it. What is told, and on which thread, is in docs/observing.md.

import { channel } from 'node:diagnostics_channel'

/** What becomes of tasks: those of a `tracingChannel('threaded-async:task')`. */
export const taskChannels = {
  start: channel('tracing:threaded-async:task:start'),
  end: channel('tracing:threaded-async:task:end'),
  asyncStart: channel('tracing:threaded-async:task:asyncStart'),
  asyncEnd: channel('tracing:threaded-async:task:asyncEnd'),
  error: channel('tracing:threaded-async:task:error'),
}

/** Each wait, once it has ended. */
export const waitChannel = channel('threaded-async:wait')

/** Loops that do not come round. */
export const stuckChannel = channel('threaded-async:stuck')

/** Runners, when they are made and when they have ended. */
export const runnerChannel = channel('threaded-async:runner')
