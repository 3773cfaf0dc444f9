// How a wait for a queue fails: with which error, and in which words.
//
// Promises that an error says what has kept the wait: that the queue is empty, how full it is, or what was not reported
// done.

import { QueueEmpty, QueueFull, QueueShutDown } from '../errors.js'
import { startsWith } from '../methods.js'
import { Handle } from '../native/handle.js'
import { queueState, runnerState } from '../native/native.js'
import { called, hasEnded, runnerOf, type Awaitable, type Reason } from '../wait/outcome.js'

export function shutDown(queue: Handle, verb: string, what: string): QueueShutDown {
  const runner = runnerOf(queue)
  const isClosed = runner !== undefined && !runnerState(Handle.idOf(runner)).isRunning
  return new QueueShutDown(
    hasEnded(verb, what, isClosed ? `its runner '${runner.name}' was closed` : 'the queue was shut down'),
  )
}

export function empty(queue: Handle, verb: string): QueueEmpty {
  return new QueueEmpty(`${verb} on ${called(queue, 'queue')}: the queue is empty.`)
}

export function full(queue: Handle, verb: string): QueueFull {
  return new QueueFull(`${verb} on ${called(queue, 'queue')}: ${fullness(queue)}.`)
}

/** What has kept a wait for a queue. */
export function reasonOf(queue: Handle, verb: string): Reason {
  if (startsWith(verb, 'put')) return { words: `${fullness(queue)}, nobody takes from it`, isAll: true }
  if (!startsWith(verb, 'join')) return { words: 'the queue is empty' }
  const { unfinished } = queueState(Handle.idOf(queue))
  return { words: `${count(unfinished, 'item')} ${unfinished === 1 ? 'was' : 'were'} not reported done` }
}

function fullness(queue: Handle): string {
  const { size, bytes, maxBytes, maxsize } = queueState(Handle.idOf(queue))
  const isByBytes = size < maxsize && maxBytes !== Infinity
  return `the queue is full (${isByBytes ? `${bytes} of ${maxBytes} bytes` : count(size, 'item')})`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** A queue as the waits of `putMany` see it. */
export function counting(queue: Handle & Awaitable): Awaitable {
  return { countsItems: true, failures: () => queue.failures(), what: () => called(queue, 'queue') }
}
