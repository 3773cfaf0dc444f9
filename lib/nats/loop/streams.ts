// A queue as the server has it: a JetStream stream of work, and the one consumer that all machines share.
//
// Promises to make what is not there, to take what is there as it is, and to refuse by name what was asked for otherwise.
//
// Of machines that ask at the same time one makes the stream, and that one makes the consumer, too, if it does so within 2 s: so
// all of a queue is made as one of them wants it. A server (2.9) would take what another asks for then as a change of the
// consumer, and says nothing.

import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import type { ConsumerConfig, JetStreamManager, StreamConfig } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'
import { fault, subjectOf, wordsOf, type Declaration, type QueueCounts } from '../protocol.js'
import type { Connection } from './connection.js'

/** The consumer's name. */
export const CONSUMER = 'work'

const MILLISECOND = 1e6
/** For so long the server knows the ids of what was put. */
const WINDOW = 120_000
const ACK_WAIT = 30_000
const PAUSE = 100
/** How long the maker of the stream is waited for to make the consumer, in milliseconds. */
const PATIENCE = 2000
/** What a server says of a stream that another has made meanwhile. */
const MADE_MEANWHILE = [10_058, 10_065]

/** Resolves with `ackWait` once the queue is there. */
export async function declare(connection: Connection, declaration: Declaration): Promise<number> {
  return lasting(connection, async () => {
    const { config, isOurs } = await streamOf(connection.jsm, declaration)
    checkStream(config, declaration)
    const consumer = await consumerOf(connection.jsm, declaration, isOurs)
    checkConsumer(consumer, declaration)
    return (consumer.ack_wait ?? ACK_WAIT * MILLISECOND) / MILLISECOND
  })
}

/** What the server tells of a queue. */
export async function countsOf(connection: Connection, name: string): Promise<QueueCounts> {
  return lasting(connection, async () => {
    const [{ state }, consumer] = await Promise.all([
      connection.jsm.streams.info(name),
      connection.jsm.consumers.info(name, CONSUMER),
    ])
    const { messages: size, bytes } = state
    return { size, bytes, working: consumer.num_ack_pending, redelivered: consumer.num_redelivered }
  })
}

/** Asks again when the connection is back, or the server is ready: to ask changes nothing that is not asked for again. */
async function lasting<R>(connection: Connection, ask: () => Promise<R>): Promise<R> {
  for (;;) {
    await connection.whenUp()
    try {
      return await ask()
    } catch (error) {
      if (connection.fault !== undefined) throw connection.fault
      if (!isPassing(error)) throw worded(error)
      await new Promise(resolve => setTimeout(resolve, PAUSE))
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503
  return error instanceof errors.TimeoutError || error instanceof errors.ClosedConnectionError
}

/** Whether nobody listens where it was sent to: there is no such queue, or no JetStream. */
export function isUnheard(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof errors.NoRespondersError || (at instanceof errors.RequestError && at.isNoResponders()))
      return true
  }
  return false
}

function isCoded(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}

function worded(error: unknown): Error {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_')) return error
  if (isUnheard(error)) {
    return fault('ERR_NATS', 'The NATS server has no JetStream, which queues need: start it with -js.', error)
  }
  return fault('ERR_NATS', `The NATS server: ${wordsOf(error)}`, error)
}

interface Stream {
  readonly config: StreamConfig
  readonly isOurs: boolean
}

async function streamOf(jsm: JetStreamManager, declaration: Declaration): Promise<Stream> {
  const found = await foundStream(jsm, declaration.name)
  if (found !== undefined) return { config: found, isOurs: false }
  try {
    return { config: await newStream(jsm, declaration), isOurs: true }
  } catch (error) {
    const isThere = error instanceof JetStreamApiError && MADE_MEANWHILE.includes(error.code)
    const other = isThere ? await foundStream(jsm, declaration.name) : undefined
    if (other === undefined) throw error
    return { config: other, isOurs: false }
  }
}

async function foundStream(jsm: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await jsm.streams.info(name)).config
  } catch (error) {
    if (isCoded(error, JetStreamApiCodes.StreamNotFound)) return undefined
    throw error
  }
}

async function newStream(jsm: JetStreamManager, { name, maxsize, replicas }: Declaration): Promise<StreamConfig> {
  const { config } = await jsm.streams.add({
    name,
    // Of two that are alike in all the server would make one, and tell both that they have made it.
    description: `A queue of threaded-async, ${crypto.randomUUID()}`,
    subjects: [subjectOf(name)],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    max_msgs: maxsize === undefined || maxsize === 0 ? -1 : maxsize,
    num_replicas: replicas ?? 1,
    duplicate_window: WINDOW * MILLISECOND,
  })
  return config
}

async function consumerOf(jsm: JetStreamManager, declaration: Declaration, isOurs: boolean): Promise<ConsumerConfig> {
  for (const start = performance.now(); ;) {
    const found = await foundConsumer(jsm, declaration.name)
    if (found !== undefined) return found
    if (isOurs || performance.now() - start > PATIENCE) return newConsumer(jsm, declaration)
    await new Promise(resolve => setTimeout(resolve, PAUSE))
  }
}

async function foundConsumer(jsm: JetStreamManager, name: string): Promise<ConsumerConfig | undefined> {
  try {
    return (await jsm.consumers.info(name, CONSUMER)).config
  } catch (error) {
    if (isCoded(error, JetStreamApiCodes.ConsumerNotFound)) return undefined
    throw error
  }
}

async function newConsumer(jsm: JetStreamManager, declaration: Declaration): Promise<ConsumerConfig> {
  const { name, ackWait, maxDeliver } = declaration
  const { config } = await jsm.consumers.add(name, {
    durable_name: CONSUMER,
    ack_policy: AckPolicy.Explicit,
    ack_wait: (ackWait ?? ACK_WAIT) * MILLISECOND,
    max_deliver: maxDeliver ?? -1,
    max_ack_pending: -1,
  })
  return config
}

function checkStream(config: StreamConfig, { name, maxsize, replicas }: Declaration): void {
  if (config.retention !== RetentionPolicy.Workqueue || !config.subjects?.includes(subjectOf(name))) {
    throw fault(
      'ERR_NATS_CONFIGURATION',
      `The stream '${name}' of the NATS server was not made as a queue by this package.`,
    )
  }
  compare(name, 'maxsize', maxsize, config.max_msgs > 0 ? config.max_msgs : 0)
  compare(name, 'replicas', replicas, config.num_replicas)
}

function checkConsumer(config: ConsumerConfig, { name, ackWait, maxDeliver }: Declaration): void {
  compare(name, 'ackWait', ackWait, (config.ack_wait ?? 0) / MILLISECOND)
  compare(name, 'maxDeliver', maxDeliver, config.max_deliver)
}

function compare(name: string, option: string, asked: number | undefined, is: number | undefined): void {
  if (asked === undefined || asked === is) return
  throw fault(
    'ERR_NATS_CONFIGURATION',
    `The queue '${name}' was made with ${option} ${is}, and is asked for with ${asked}.`,
  )
}
