// What a link, its queues and their calls are given, and its check.
//
// Promises that every option is read once and checked by name before anything has an effect.

import { availableParallelism } from 'node:os'
import {
  MOST,
  checkCount,
  checkOptions,
  checkSignal,
  checkType,
  invalidArgType,
  invalidArgValue,
} from '../arguments.js'
import { checkTimeout, type AwaitOptions, type WaitOptions } from '../timeout.js'
import type { ConnectionData, Declaration, WorkDeclaration } from './protocol.js'

/** What a link is made with. Nothing of it is written anywhere, but the name, which the server knows the connection by. */
export interface NatsLinkOptions {
  /** Where a server is: `nats://127.0.0.1:4222`, or several such. */
  servers: string | string[]
  /** The name of the connection, which the server shows, and of the runner. */
  name?: string | undefined
  user?: string | undefined
  pass?: string | undefined
  token?: string | undefined
  /** The seed of an NKey. */
  nkey?: string | undefined
  /** The text of a `.creds` file. */
  credentials?: string | undefined
  /** As the NATS client takes it: `caFile`, `certFile`, `keyFile`, `ca`, `cert`, `key`, `handshakeFirst`. */
  tls?: object | undefined
  /**
   * Milliseconds between two signs of life that machines with servers and with clients give each other; 5000 by default. What
   * is silent for two of them has gone.
   */
  heartbeat?: number | undefined
}

/** What a queue is made with. An option that is left out is as the queue is, where there is one on the server. */
export interface NatsQueueOptions {
  /** How many items the server stores at most, those being worked on included; 0 (the default) for any number. */
  maxsize?: number | undefined
  /** Milliseconds after which an item that was neither acked nor told to be worked on is delivered again; 30,000 by default. */
  ackWait?: number | undefined
  /** How often an item is delivered at most; any number by default. After that the server keeps it, and delivers it no more. */
  maxDeliver?: number | undefined
  /** On how many servers of a cluster an item is stored; 1 by default. */
  replicas?: number | undefined
  /** How many deliveries are kept ready on this machine; 0 by default. While iterating it is at least 16. */
  prefetch?: number | undefined
}

/** What a put takes beside its wait. */
export interface NatsPutOptions {
  /**
   * Within two minutes, what is put under an id that was there already is not stored again; after a kill the server knows
   * the ids of what it still stores only. Left out, it is made.
   */
  id?: string | undefined
}

/** What handing a delivery back takes. */
export interface NakOptions {
  /** Milliseconds until it is delivered again; at once by default. */
  delay?: number | undefined
}

/** What a host of tasks is made with. */
export interface NatsWorkOptions {
  /** How many tasks it runs at a time, on as many loops as there are cores to use; so many as that by default. */
  concurrency?: number | undefined
}

/** What a task for a host takes. */
export interface NatsTaskOptions {
  /**
   * Milliseconds after which its host is told to cancel it, and it ends with EventLoopTimeoutError; Infinity by default. Where no
   * host has answered yet, at most 500 ms later.
   */
  timeout?: number | undefined
  /** Cancels it when it is aborted. */
  signal?: AbortSignal | undefined
}

const linkOptions = ['servers', 'name', 'user', 'pass', 'token', 'nkey', 'credentials', 'tls', 'heartbeat']

export function checkLink(options: NatsLinkOptions): ConnectionData {
  const { servers, name, user, pass, token, nkey, credentials, tls, heartbeat } = checkOptions(options, linkOptions)
  const list: readonly unknown[] = Array.isArray(servers) ? servers : [servers]
  if (!list.every(each => typeof each === 'string'))
    throw invalidArgType('options.servers', 'a URL as text, or a list of them', servers)
  if (list.length === 0 || list.includes('')) throw invalidArgValue('options.servers', 'must name a server', servers)
  const texts = { name, user, pass, token, nkey, credentials }
  for (const [key, value] of Object.entries(texts)) {
    // What it is instead is not shown: it may be a secret of another form.
    if (value !== undefined && typeof value !== 'string')
      throw invalidArgType(`options.${key}`, 'of type string', Object(value))
  }
  if (tls !== undefined && (typeof tls !== 'object' || tls === null))
    throw invalidArgType('options.tls', 'of type object', tls)
  if (heartbeat !== undefined) checkCount(heartbeat, 'options.heartbeat', 50, 3_600_000)
  const given = Object.entries({ servers, ...texts, tls, heartbeat }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as unknown as ConnectionData
}

/** A name that all machines know something by. */
export function checkName(name: string): string {
  checkType(name, 'name', 'string')
  if (/^[\w-]{1,200}$/.test(name)) return name
  throw invalidArgValue('name', "may have letters, digits, '_' and '-' only", name)
}

const queueOptions = ['maxsize', 'ackWait', 'maxDeliver', 'replicas', 'prefetch']

export function checkQueue(name: string, options: NatsQueueOptions = {}): Declaration {
  checkName(name)
  const { maxsize, ackWait, maxDeliver, replicas, prefetch = 0 } = checkOptions(options, queueOptions)
  const count = (value: number | undefined, option: string, least: number, most = MOST) =>
    value === undefined ? undefined : checkCount(value, `options.${option}`, least, most)
  return {
    name,
    maxsize: count(maxsize, 'maxsize', 0),
    ackWait: count(ackWait, 'ackWait', 100, 0x7fff_ffff),
    maxDeliver: count(maxDeliver, 'maxDeliver', 1),
    replicas: count(replicas, 'replicas', 1, 5),
    prefetch: count(prefetch, 'prefetch', 0, 65_536)!,
  }
}

/** A call's own wait, and the id of a put. */
export interface Call {
  readonly timeout: number | undefined
  readonly signal: AbortSignal | undefined
  readonly id: string | undefined
}

/** `known`: which options the call has. */
export function checkCall(options: (AwaitOptions & NatsPutOptions) | undefined, known: readonly string[]): Call {
  if (options === undefined) return { timeout: undefined, signal: undefined, id: undefined }
  const { timeout, signal, id } = checkOptions(options, known)
  checkTimeout(timeout, 'options.timeout')
  checkSignal(signal, 'options.signal')
  if (id !== undefined) {
    checkType(id, 'options.id', 'string')
    if (!/^[\x21-\x7e]{1,512}$/.test(id)) {
      throw invalidArgValue('options.id', 'must have 1 to 512 characters of ASCII, and no spaces', id)
    }
  }
  return { timeout, signal, id }
}

export function checkWork(name: string, url: string, options: NatsWorkOptions = {}): WorkDeclaration {
  const { concurrency = availableParallelism() } = checkOptions(options, ['concurrency'])
  return { name: checkName(name), url, concurrency: checkCount(concurrency, 'options.concurrency', 1, 10_000) }
}

export function checkRemote(options: NatsTaskOptions = {}): NatsTaskOptions {
  const { timeout, signal } = checkOptions(options, ['timeout', 'signal'])
  checkTimeout(timeout, 'options.timeout')
  checkSignal(signal, 'options.signal')
  return { timeout, signal }
}

export function checkDelay(options: NakOptions = {}): number | undefined {
  const { delay } = checkOptions(options, ['delay'])
  return checkTimeout(delay, 'options.delay')
}

export type { AwaitOptions, WaitOptions }
