// What a call is made with, and what it is answered with, as bytes of ours for another process.
//
// Promises that what cannot cross, or is too large, is refused before anything is sent, with its path or by its size.

import { inAnswerTo } from '../../serving/answer.js'
import { packetOf, tooLarge } from '../packet.js'
import { MOST_BESIDE } from './message.js'

/** @throws UncloneableError, Error `ERR_NATS_PAYLOAD` */
export function argumentsOf(fun: string, args: readonly unknown[], most: number): Uint8Array {
  const packet = packetOf(args, 'args')
  assertFits(`The call of '${fun}'`, packet.length + Buffer.byteLength(JSON.stringify(fun)), most)
  return packet
}

export interface Answer {
  readonly packet: Uint8Array
  readonly isError: boolean
}

/** What cannot be an answer becomes one that says so. */
export function answerOf(fun: string, value: unknown, isError: boolean, most: number): Answer {
  try {
    const packet = packetOf(value, isError ? 'error' : 'result', isError)
    assertFits(`The answer to '${fun}'`, packet.length, most)
    return { packet, isError }
  } catch (error) {
    return { packet: packetOf(inAnswerTo(fun, error), 'error', true), isError: true }
  }
}

function assertFits(what: string, size: number, most: number): void {
  if (size + MOST_BESIDE > most) throw tooLarge(`${what} takes`, size, most)
}
