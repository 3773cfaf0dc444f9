// All servers that a link serves, and all that it has clients of: what the loop keeps of them.

import type { Event } from '../../event.js'
import type { Server } from '../../server.js'
import type { Connection } from '../loop/connection.js'
import { Relay } from './relay.js'
import { Served } from './served.js'

export class Table {
  readonly #connection: Connection
  readonly #served = new Set<Served>()
  readonly #relays = new Map<string, Relay>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Resolves when the server is not served any more. */
  async serve(server: Server, name: string, heartbeat: number): Promise<void> {
    const served = new Served(this.#connection, server, name, heartbeat)
    this.#served.add(served)
    try {
      await served.run()
    } finally {
      this.#served.delete(served)
    }
  }

  /** Passes on the calls of the clients of a server that stands for another. */
  relay(name: string, server: Server, event: Event, heartbeat: number): void {
    if (this.#connection.fault !== undefined) return
    this.#relays.set(name, new Relay(this.#connection, name, server, event, heartbeat))
  }

  /** Resolves with whether the client has a place; it has none where it leaves, or the link closes, meanwhile. */
  async join(name: string, client: number): Promise<boolean> {
    const relay = this.#relays.get(name)
    return relay !== undefined && relay.join(client)
  }

  leave(name: string, client: number): void {
    this.#relays.get(name)?.leave(client)
  }

  close(): void {
    for (const each of [...this.#served, ...this.#relays.values()]) each.close()
  }
}
