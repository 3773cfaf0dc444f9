// What the two sides of a link say to each other: the thread that has made it, and the loop that holds the connection.
//
// Promises that what is said often is a short text, which crosses as it is: a letter, and what it is about.

import type { Queue } from '../queue.js'

/** How long an answer on its way is waited for once a put, or the call of a task, is given up, in milliseconds. */
export const LAST_WAIT = 500

/** The longest time that a timer takes, in milliseconds. */
export const LONGEST = 0x7fff_ffff

/** What the loop connects with; plain values only. */
export interface ConnectionData {
  readonly servers: string | string[]
  readonly name?: string
  readonly user?: string
  readonly pass?: string
  readonly token?: string
  readonly nkey?: string
  readonly credentials?: string
  readonly tls?: object
  readonly heartbeat?: number
}

/** What a queue is declared with; what is undefined is as the queue is, or its default where it is made. */
export interface Declaration {
  readonly name: string
  readonly maxsize: number | undefined
  readonly ackWait: number | undefined
  readonly maxDeliver: number | undefined
  readonly replicas: number | undefined
  readonly prefetch: number
}

/** What a host of tasks is declared with. */
export interface WorkDeclaration {
  readonly name: string
  readonly url: string
  readonly concurrency: number
}

/**
 * What is told without an answer, in order: a letter of `Verb`, then the number of the queue, or the subject on which the
 * server waits for the word about a delivery. Behind `Nak` and a `|` the milliseconds may stand that it is delayed by.
 */
export type Command = string

export const Verb = {
  /** One more is waited for, or has been taken. */
  Want: 'w',
  /** A wait has given up. */
  Unwant: 'u',
  /** The queue: so many are to be kept ready, behind a `|`. */
  Prefetch: 'p',
  /** The queue is not used any more. */
  Leave: 'l',
  Ack: '+',
  Nak: '-',
  Working: '=',
  Term: 't',
} as const

/** One delivery as the loop hands it over; or the error with which the connection has ended. */
export type Arrival =
  readonly [packet: Uint8Array, reply: string, deliveries: number, id: string | undefined, sequence: number] | Error

/** How a put has ended. All but `stored`, `duplicate` and `unconfirmed` are sure not to be stored. */
export type Verdict = 'stored' | 'duplicate' | 'unconfirmed' | 'timeout' | 'withdrawn' | 'closed' | Error

/** What the server tells of a queue. */
export interface QueueCounts {
  readonly size: number
  readonly working: number
  readonly bytes: number
  readonly redelivered: number
}

export type Inbox = Queue<Arrival>
export type Commands = Queue<Command>

/** An error with a code, which crosses to the other side. */
export function fault(code: string, message: string, cause?: unknown): Error & { code: string } {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code })
}

/** The words of whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The subject that a queue's items are published to. */
export function subjectOf(name: string): string {
  return `threaded-async.queue.${name}`
}
