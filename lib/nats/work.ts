// `NatsWork`: this machine as a host of tasks.
//
// Promises that it goes on while this thread blocks, and that its end is that of a runner.

import { checkMaker } from '../arguments.js'
import { refuseClones } from '../brands.js'
import { blockFor, type BackgroundTask } from '../task.js'
import { refuseKind } from '../wire/kinds.js'
import type { Loop } from './half.js'
import type { WorkDeclaration } from './protocol.js'

let lastNumber = 0

/**
 * A host: runs functions of one module for callers anywhere. Made by `link.work`.
 *
 * @example
 * const host = link.work('pool', new URL('./tasks.js', import.meta.url), { concurrency: 4 })
 * host.close()
 */
export class NatsWork implements Disposable, AsyncDisposable {
  /** The name under which it takes tasks. */
  readonly name: string
  readonly #loop: Loop
  readonly #number = ++lastNumber
  /** Ends with the host. */
  readonly #hosting: BackgroundTask<boolean>
  #closing: BackgroundTask<void> | undefined

  /** @internal */
  constructor(by: unknown, loop: Loop, declaration: WorkDeclaration) {
    checkMaker(by, 'NatsWork', 'link.work(name, url, options)')
    refuseClones(this)
    this.name = declaration.name
    this.#loop = loop
    const args = [loop.opened(), this.#number, declaration]
    this.#hosting = loop.task(loop.half.work, args, `work ${this.name}`)
  }

  /**
   * Blocks until the host is closed: it takes no more tasks, and those that it runs are cancelled, have cleaned up and are
   * answered. A second call does nothing.
   *
   * @throws what its module has thrown when it was imported; Error `ERR_NATS_REFUSED` where the connection has ended for good,
   *   and the host with it; ExceptionGroup, as `AsyncRunner.close`; InterruptedError: it is closed all the same.
   */
  close(): void {
    if (!this.#loop.runner.isRunning) return
    blockFor(this.#close(), Infinity, `close of the host '${this.name}'`)
    if (this.#hosting.done()) this.#hosting.wait()
  }

  /** Resolves when the host is closed; as `close`. */
  async closeAsync(): Promise<void> {
    if (!this.#loop.runner.isRunning) return
    await this.#close().result()
    if (this.#hosting.done()) await this.#hosting.result()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAsync()
  }

  #close(): BackgroundTask<void> {
    return (this.#closing ??= this.#loop.task<void>(this.#loop.half.closeWork, [this.#number], `close ${this.name}`))
  }
}

refuseKind(NatsWork.prototype, 'a NatsWork, which belongs to the thread that made it')
