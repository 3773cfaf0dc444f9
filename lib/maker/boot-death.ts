// How a maker that blocks learns that a thread it has started is dead, and of what.
//
// Node tells both when the maker's loop turns, but the signs are there before: the port that the thread took along is
// closed, and its error waits in the worker's own port. Promises never to take a thread that is alive for dead. Where
// Node keeps that port elsewhere, the cause is what this thread can find out by itself.

import { descriptionOf, filtered } from '../methods.js'
import { headOf } from '../stack.js'
import { closeSync, openSync } from 'node:fs'
import { MessageChannel, receiveMessageOnPort, type MessagePort, type Worker } from 'node:worker_threads'
import { native } from '../native/native.js'
import { threadWide } from '../native/thread-wide.js'
import type { RunnerOptions } from './options.js'

/** Whether the thread of a runner has ended. `port`: the other end of the one that it took along. */
export function hasEnded(id: number, port: MessagePort): boolean {
  return native.runnerIsGone(id) || isClosed(port)
}

let refusalOfOpen: string | undefined

/**
 * Node closes a port in two steps. After the first, which is done when the end is taken from it like a message, only an
 * attempt to send the port away tells. It is sent with what cannot be sent, so that an open port stays where it is.
 */
function isClosed(port: MessagePort): boolean {
  while (receiveMessageOnPort(port) !== undefined);
  refusalOfOpen ??= refusalOf(openPort())
  return refusalOf(port) !== refusalOfOpen
}

function refusalOf(port: MessagePort): string {
  const probe = threadWide('probe', () => new MessageChannel().port1)
  try {
    probe.postMessage(() => {}, [port])
  } catch (error) {
    return headOf(error as Error)
  }
  throw new Error('A function was sent to another thread.')
}

function openPort(): MessagePort {
  const { port1 } = new MessageChannel()
  setImmediate(() => port1.close())
  return port1
}

type BySymbol = Record<symbol, unknown>

/** Has a dead worker emit now what it has told before its end: its error, if it had one. */
export function hearLast(worker: Worker): void {
  const port = (worker as unknown as BySymbol)[symbolOf(worker, 'kPort')] as MessagePort | null | undefined
  const prototype = Object.getPrototypeOf(worker) as BySymbol
  const take = prototype[symbolOf(prototype, 'kOnMessage')] as ((message: unknown) => void) | undefined
  if (!port || typeof take !== 'function') return
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    Reflect.apply(take, worker, [next.message])
}

function symbolOf(object: object, description: string): symbol {
  return (
    filtered(Object.getOwnPropertySymbols(object), symbol => descriptionOf(symbol) === description)[0] ??
    Symbol(description)
  )
}

const what = 'The thread has ended before its loop was up'

/** What is told of a death while the maker does neither wait nor come round. */
export function unexplained(): Error {
  return (told ??= new Error(`${what}. The thread that made its runner is busy, and would have to say why.`))
}

let told: Error | undefined

/** How many files a thread that starts has open at once, about. */
const DESCRIPTORS = 6

/** The cause of a death of which nothing was told. */
export function supposedCause({ resourceLimits }: RunnerOptions): Error {
  const opened: number[] = []
  try {
    while (opened.length < DESCRIPTORS) opened[opened.length] = openSync(__filename, 'r')
  } catch (cause) {
    return new Error(`${what}: ${(cause as Error).message}`, { cause })
  } finally {
    for (let i = 0; i < opened.length; i++) closeSync(opened[i]!)
  }
  return new Error(resourceLimits === undefined ? `${what}.` : `${what}; its resourceLimits may be too small.`)
}
