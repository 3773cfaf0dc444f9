// The loop of a link, as seen from the thread that has made it.
//
// Promises that a task of it begins, or throws that the link was closed.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RunnerClosedError } from '../errors.js'
import type { AsyncRunner } from '../runner.js'
import type { BackgroundTask } from '../task.js'
import { taskModule } from '../task-module.js'
import type { Command } from './protocol.js'

/** What is done there; the bundler makes the file. */
export const half = taskModule<typeof import('./loop/main.js')>(pathToFileURL(join(__dirname, 'nats-loop.cjs')))

export interface Loop {
  readonly half: typeof half
  readonly runner: AsyncRunner
  /** A task that ends once there is a connection, with true; with false where the link closes meanwhile. */
  opened(): BackgroundTask<boolean>
  task<R>(fn: (...args: any[]) => R | Promise<R>, args: readonly unknown[], name: string): BackgroundTask<R>
  tell(command: Command): void
}

export function linkClosed(): RunnerClosedError {
  return new RunnerClosedError('The link was closed.')
}
