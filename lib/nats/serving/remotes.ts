// What a link has to do with servers and clients, on the thread that has made it.
//
// Promises that a remote client is an ordinary one, of a server that stands here for the other; so it has every door, travels
// to tasks as clients do, and is cancelled as they are.

import type { Client } from '../../client.js'
import { RunnerClosedError } from '../../errors.js'
import { Event } from '../../event.js'
import { invalidArgType } from '../../arguments.js'
import { Handle, HandleKind } from '../../native/handle.js'
import { native } from '../../native/native.js'
import { Server } from '../../server.js'
import type { BackgroundTask } from '../../task.js'
import type { AwaitOptions, WaitOptions } from '../../timeout.js'
import { awaiting, blocking, Progress, stepOf, type Flow } from '../flow.js'
import { linkClosed, type Loop } from '../half.js'
import { checkCall, checkName } from '../options.js'

export class Remotes {
  readonly #loop: Loop
  readonly #heartbeat: number
  /** Each stands here for the server of its name. */
  readonly #standIns = new Map<string, Server>()
  readonly #names = new WeakMap<object, string>()

  constructor(loop: Loop, heartbeat: number) {
    this.#loop = loop
    this.#heartbeat = heartbeat
  }

  /** To be called when the link closes. */
  end(): void {
    used.delete(this)
    if (used.size === 0) process.off('exit', takeLeave)
  }

  /** At the end of the process, or of the worker that has made the link, the other machines are told before the loop is gone. */
  takeLeave(): void {
    const { half, runner, task } = this.#loop
    if (!runner.isRunning) return
    try {
      task(half.takeLeave, [], 'take leave').wait({ timeout: AT_EXIT })
    } catch {
      // They will notice.
    }
  }

  #use(): void {
    if (used.size === 0) process.prependListener('exit', takeLeave)
    used.add(this)
  }

  serve(server: Server, name: string): BackgroundTask<void> {
    if (!(server instanceof Server)) throw invalidArgType('server', 'an instance of Server', server)
    checkName(name)
    const { half, runner, task, opened } = this.#loop
    if (!runner.isRunning) throw linkClosed()
    if (!server.isRunning) throw new RunnerClosedError(`The server '${server.name}' is closed, and is not served.`)
    opened()
    this.#use()
    return task<void>(half.serve, [server, name, this.#heartbeat], `serve ${name}`)
  }

  client<T>(name: string, options: AwaitOptions | undefined): Promise<Client<T>> {
    const progress = progressOf(name, options, ['timeout', 'signal'])
    return awaiting(progress, this.#joining<T>(name))
  }

  clientWait<T>(name: string, options: WaitOptions | undefined): Client<T> {
    const progress = progressOf(name, options, ['timeout'])
    return blocking(progress, this.#joining<T>(name))
  }

  /** @throws TypeError `ERR_INVALID_ARG_TYPE` for what is no client of this link. */
  leave(client: Client): void {
    const name = typeof client === 'object' && client !== null ? this.#names.get(client) : undefined
    if (name === undefined) throw invalidArgType('client', 'a client of this link', client)
    this.#leave(name, client)
  }

  #leave(name: string, client: Client): void {
    const { half, runner, task } = this.#loop
    if (runner.isRunning) task(half.leave, [name, client.id], `leave ${name}`)
  }

  *#joining<T>(name: string): Flow<Client<T>> {
    const { half, runner, task, opened } = this.#loop
    if (!runner.isRunning) throw linkClosed()
    if (!(yield stepOf(this.#loop, opened()))) throw linkClosed()
    const client = this.#standInFor(name).createClient()
    this.#names.set(client, name)
    try {
      const joining = task<boolean>(half.join, [name, client.id], `join ${name}`)
      if (!(yield stepOf(this.#loop, joining))) throw linkClosed()
    } catch (error) {
      this.#leave(name, client)
      throw error
    }
    return client
  }

  #standInFor(name: string): Server {
    let server = this.#standIns.get(name)
    if (server === undefined) this.#standIns.set(name, (server = this.#newStandIn(name)))
    return server
  }

  /** Its requests are taken as they come, so it has no room to run out of. */
  #newStandIn(name: string): Server {
    const { half, runner, task } = this.#loop
    const server = Handle.objectFor(HandleKind.Server, native.serverCreate(Handle.idOf(runner), 1, 1)) as Server
    const event = new Event(runner)
    this.#use()
    native.serverPassOn(Handle.idOf(server), Handle.idOf(event))
    task(half.relay, [name, server, event, this.#heartbeat], `relay ${name}`)
    return server
  }
}

/** Those of this thread that other machines know of. */
const used = new Set<Remotes>()

function takeLeave(): void {
  for (const remotes of used) remotes.takeLeave()
}

/** How long the end of a process waits for the loop, in milliseconds. */
const AT_EXIT = 250

function progressOf(name: string, options: AwaitOptions | undefined, known: readonly string[]): Progress {
  checkName(name)
  return new Progress(`client of server '${name}'`, checkCall(options, known))
}
