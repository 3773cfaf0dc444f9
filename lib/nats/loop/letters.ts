// What callers and hosts of tasks send each other: a letter each, and what it is about.
//
// Promises that what another program has sent is told from a letter, and that both sides know when they count as gone.

import { itemOf, packetOf } from '../packet.js'

/** A host says so often, in milliseconds, that it is there, to all whose tasks it runs. */
export const HEARTBEAT = 2000

/** The first byte of what a caller is sent. */
export const Letter = {
  /** The task is run; the subject to answer to is the host's. */
  Taken: 1,
  /** The task was not begun, and may be sent to another. */
  Again: 2,
  /** The task has ended, with a value or an error, which follows. */
  Value: 3,
  Error: 4,
} as const

/** The format of calls; to be raised with every change of it. */
const VERSION = 1
const head = 4

/** Where hosts wait for calls, one subscription for each that they can take. */
export const callsOf = (pool: string): string => `threaded-async.tasks.${pool}`

/** Where hosts say that they can take calls again. */
export const freeOf = (pool: string): string => `threaded-async.tasks.${pool}.free`

/** A call: the name of the function, and the packet of its arguments. */
export function callOf(name: string, packet: Uint8Array): Buffer {
  const text = Buffer.from(name)
  const start = Buffer.from([VERSION, 0, text.length >> 8, text.length & 0xff])
  return Buffer.concat([start, text, packet])
}

/** Reads a call; undefined where another program, or another version, has sent it. */
export function readCall(data: Uint8Array): { name: string; packet: Uint8Array } | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (bytes.length < head || bytes[0] !== VERSION) return undefined
  const end = head + bytes.readUInt16BE(2)
  if (end > bytes.length) return undefined
  return { name: bytes.toString('utf8', head, end), packet: bytes.subarray(end) }
}

/** How a task has ended, for its caller. @throws UncloneableError, where the result cannot leave the process. */
export function valueOf(result: unknown): Buffer {
  return Buffer.concat([Buffer.from([Letter.Value]), packetOf(result, 'result')])
}

export function errorOf(error: unknown): Buffer {
  return Buffer.concat([Buffer.from([Letter.Error]), packetOf(error, 'error', true)])
}

/** What a task has ended with. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Never throws: an answer that cannot be read is an error. */
export function outcomeIn(data: Uint8Array): Outcome {
  try {
    const content = itemOf(data.subarray(1), 'The answer')
    return data[0] === Letter.Value ? { value: content } : { error: content }
  } catch (error) {
    return { error }
  }
}
