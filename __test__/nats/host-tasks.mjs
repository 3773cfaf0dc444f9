// What the hosts of the specs run.

import { appendFileSync } from 'node:fs'
import { CancelledError, currentTask, Event, registerError, sleep } from 'threaded-async'

export class TaskError extends Error {
  level = 3
}
registerError(TaskError)

export const notAFunction = 5
export default () => 'default'
export const then = undefined

export const add = (a, b) => a + b

export const nothing = () => {}

export const same = async value => value

export const large = size => Buffer.alloc(size)

export const handle = () => ({ list: [new Event()] })

export const nameOfTask = () => currentTask().name

export function fail(message) {
  throw Object.assign(new TaskError(message, { cause: new RangeError('why') }), { code: 'E_TASK' })
}

/** Leaves a line when it has begun, where a file is named. */
export async function hang(file) {
  if (file !== undefined) appendFileSync(file, 'begun\n')
  await sleep(1e6)
}

/** Ends when it is cancelled, with what it has done then. */
export async function cleanUp(file) {
  appendFileSync(file, 'begun\n')
  try {
    await sleep(1e6)
  } catch (error) {
    await sleep(20)
    return error instanceof CancelledError ? 'cleaned up' : error
  }
}

export const exit = code => process.exit(code)

/** Leaves a line each time that it is begun. */
export async function once(file, id) {
  appendFileSync(file, `${id}\n`)
  await sleep(5)
  return id
}
