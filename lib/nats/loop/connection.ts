// The connection to the servers, as the loop holds it.
//
// Promises that it comes back for ever, also at the first connect, and tells those who ask of each time it goes and comes;
// that what waiting does not change (a wrong password, a certificate that is not trusted) ends it with the server's own
// words; and that nothing it was given to log in with is written or thrown.

import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream'
import { connect, credsAuthenticator, errors, nkeyAuthenticator } from '@nats-io/transport-node'
import type { ConnectionOptions, Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { fault, wordsOf, type ConnectionData } from '../protocol.js'

/** Between two attempts to connect, in milliseconds. */
const PAUSE = 100
const LONGEST_PAUSE = 2000

/** A server that answers nothing is given up after two pings without an answer. */
const PING_INTERVAL = 10_000

/** Who is told of the connection. */
export interface Watcher {
  up?(): void
  down?(): void
  ended?(error: Error): void
}

export class Connection {
  nc!: NatsConnection
  js!: JetStreamClient
  jsm!: JetStreamManager
  isUp = false
  /** As the last server has said when it was connected to. */
  #mostBytes = 0
  /** With which it has ended for good. */
  fault: Error | undefined
  readonly watchers = new Set<Watcher>()
  #waiting = new Set<{ resolve(): void; reject(error: Error): void }>()

  /** Resolves once there is a connection, however long that takes. @throws the error with which it has ended. */
  async open(data: ConnectionData): Promise<void> {
    // An attempt to connect may take long where the server does not answer.
    const watcher: Watcher = {}
    const ended = new Promise<never>((_, reject) => (watcher.ended = reject))
    this.watchers.add(watcher)
    try {
      await Promise.race([this.#open(data), ended])
    } finally {
      this.watchers.delete(watcher)
    }
  }

  async #open(data: ConnectionData): Promise<void> {
    const nc = await this.#connect(optionsOf(data))
    if (this.fault !== undefined) {
      await nc.close()
      throw this.fault
    }
    this.nc = nc
    this.js = jetstream(nc)
    this.jsm = await jetstreamManager(nc, { checkAPI: false })
    void this.#watch(nc)
    this.#rise()
  }

  /** Calls `hear` with each message that comes on a subject; errors of the subscription are passed over. */
  hear(subject: string, hear: (message: Msg) => void): Subscription {
    return this.nc.subscribe(subject, {
      callback: (error, message) => {
        if (!error) hear(message)
      },
    })
  }

  async #connect(options: ConnectionOptions): Promise<NatsConnection> {
    for (let pause = PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        return await connect(options)
      } catch (error) {
        if (!isOutage(error)) throw refused(error)
        if (this.fault !== undefined) throw this.fault
        await new Promise(resolve => setTimeout(resolve, pause))
        if (this.fault !== undefined) throw this.fault
      }
    }
  }

  async #watch(nc: NatsConnection): Promise<void> {
    void nc.closed().then(error => this.end(error ? refused(error) : closed()))
    for await (const { type } of nc.status()) {
      if (type === 'disconnect') this.#fall()
      else if (type === 'reconnect') this.#rise()
    }
  }

  #rise(): void {
    if (this.isUp || this.fault !== undefined) return
    this.isUp = true
    this.#mostBytes = this.mostBytes
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const { resolve } of waiting) resolve()
    for (const watcher of this.watchers) watcher.up?.()
  }

  /** How many bytes the server takes at once; each may have a limit of its own, and another one later. */
  get mostBytes(): number {
    const nc: NatsConnection | undefined = this.nc
    return nc?.info?.max_payload ?? this.#mostBytes
  }

  #fall(): void {
    if (!this.isUp) return
    this.isUp = false
    for (const watcher of this.watchers) watcher.down?.()
  }

  /** Nothing more will come or go. */
  end(error: Error): void {
    if (this.fault !== undefined) return
    this.fault = error
    this.#fall()
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting.clear()
    for (const watcher of this.watchers) watcher.ended?.(error)
  }

  /** Resolves when there is a connection. @throws the error with which it has ended for good. */
  whenUp(): Promise<void> {
    if (this.isUp) return Promise.resolve()
    if (this.fault !== undefined) return Promise.reject(this.fault)
    return new Promise((resolve, reject) => this.#waiting.add({ resolve, reject }))
  }
}

export function closed(): Error {
  return fault('ERR_RUNNER_CLOSED', 'The link was closed.')
}

export function isClosed(error: Error | undefined): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_RUNNER_CLOSED'
}

function optionsOf({ nkey, credentials, tls, heartbeat: _, ...plain }: ConnectionData): ConnectionOptions {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const authenticator =
    credentials !== undefined
      ? credsAuthenticator(bytes(credentials))
      : nkey !== undefined
        ? nkeyAuthenticator(bytes(nkey))
        : undefined
  return {
    ...plain,
    ...(tls === undefined ? {} : { tls }),
    ...(authenticator === undefined ? {} : { authenticator }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: PAUSE,
    pingInterval: PING_INTERVAL,
    maxPingOut: 2,
    noAsyncTraces: true,
  }
}

/** Whether an attempt fails because nobody is there to answer, which passes. */
function isOutage(error: unknown): boolean {
  if (error instanceof errors.InvalidArgumentError) return false
  // A server that has waited for our word in vain says this, too. Only the first connect goes on then: the client itself
  // gives up a reconnect that was refused twice.
  if (error instanceof errors.AuthorizationError) return /timeout/i.test(error.message)
  if (error instanceof errors.TimeoutError || error instanceof errors.ClosedConnectionError) return true
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string') return /^(E[A-Z]+|UND_ERR\w*)$/.test(code) && !code.startsWith('ERR')
    if (at.cause === undefined)
      return at instanceof errors.ConnectionError && /refused|timeout|closed|reset/i.test(at.message)
  }
  return false
}

function refused(error: unknown): Error {
  return fault('ERR_NATS_REFUSED', `The NATS server was not connected to: ${wordsOf(error)}`, error)
}
