// The loops on which a host runs its tasks: as many as there are cores to use, each started when it is needed.
//
// Promises that a task goes to the loop with the fewest, and that one which has ended by itself is replaced.

import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { AsyncRunner } from '../../runner.js'
import type { BackgroundTask } from '../../task.js'
import { taskModule } from '../../task-module.js'

/** What is done there; the bundler makes the file. */
const there = taskModule<typeof import('./host.js')>(pathToFileURL(join(__dirname, 'nats-host.cjs')))

interface Member {
  readonly runner: AsyncRunner
  tasks: number
}

export class Crew {
  readonly #name: string
  readonly #url: string
  readonly #size: number
  #members: Member[] = []

  constructor(name: string, url: string, concurrency: number) {
    this.#name = name
    this.#url = url
    this.#size = Math.min(concurrency, availableParallelism())
  }

  /** Resolves when the module is there. @throws what it throws. */
  async load(): Promise<void> {
    await this.#member().runner.createTask(there.load, [this.#url]).result()
  }

  /** A task that ends with a letter. */
  call(name: string, packet: Uint8Array): BackgroundTask<Uint8Array> {
    const member = this.#member()
    const task = member.runner.createTask(there.call, [this.#url, name, packet], { name })
    member.tasks++
    const over = () => void member.tasks--
    task.result().then(over, over)
    return task
  }

  #member(): Member {
    this.#members = this.#members.filter(({ runner }) => runner.isRunning)
    const idlest = this.#members.reduce<Member | undefined>(
      (least, each) => (least === undefined || each.tasks < least.tasks ? each : least),
      undefined,
    )
    if (idlest !== undefined && (idlest.tasks === 0 || this.#members.length === this.#size)) return idlest
    const member = { runner: new AsyncRunner({ name: this.#name }), tasks: 0 }
    this.#members.push(member)
    return member
  }

  /** Cancels what is left, and resolves when all have ended, as runners do. */
  async close(): Promise<void> {
    const ends = await Promise.allSettled(this.#members.map(({ runner }) => runner.closeAsync()))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }
}
