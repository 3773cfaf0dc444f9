// What is told of runners, on the channel `threaded-async:runner`.
//
// Promises that each runner is told of twice, on the thread that has made it: when it is made, and when it has ended,
// whatever its end was. A thread that is started ahead is no runner yet.

import type { ShutdownType } from '../errors.js'
import { runnerChannel } from '../native/channels.js'
import { native, runnerState } from '../native/native.js'

/**
 * A runner, as it is told on the channel `threaded-async:runner`.
 *
 * @example
 * import { subscribe } from 'node:diagnostics_channel'
 *
 * subscribe('threaded-async:runner', message => {
 *   const { event, runner } = message as RunnerMessage
 *   console.log(`runner ${runner}: ${event}`)
 * })
 */
export interface RunnerMessage {
  /** `'made'`: it takes work from now on. `'ended'`: its thread has ended, or was given up. */
  readonly event: 'made' | 'ended'
  /** Its name. */
  readonly runner: string
  /** How it ended, or `NOT_SHUT_DOWN`. */
  readonly shutdownType: ShutdownType
  /** The exit code of its thread, where that is known. */
  readonly exitCode: number | undefined
}

/** Tells of a runner that this thread has made. */
export function tellRunner(id: number, event: RunnerMessage['event']): void {
  if (!runnerChannel.hasSubscribers) return
  const { shutdownType, exitCode } = runnerState(id)
  const message: RunnerMessage = { event, runner: native.runnerName(id), shutdownType, exitCode }
  runnerChannel.publish(message)
}
