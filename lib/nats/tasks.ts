// `NatsTasks`: tasks that run on other machines.
//
// Promises that a task is begun by one host at most once; that it waits as long as no host can take it; and that nothing is
// sent of arguments that cannot leave the process, or are more than the server takes.

import { checkMaker, checkType, invalidArgType } from '../arguments.js'
import { refuseClones } from '../brands.js'
import type { BackgroundTask } from '../task.js'
import type { TaskModule } from '../task-module.js'
import { refuseKind } from '../wire/kinds.js'
import type { Loop } from './half.js'
import { checkRemote, type NatsTaskOptions } from './options.js'
import { packetOf } from './packet.js'

type Fn = (...args: any[]) => unknown
type NameIn<M> = keyof TaskModule<M> & string
type ArgsOf<F> = F extends Fn ? Parameters<F> : never
type ResultOf<F> = F extends Fn ? Awaited<ReturnType<F>> : never
/** A function without arguments needs no list of them. */
type Rest<F> =
  [] extends ArgsOf<F>
    ? [args?: Readonly<ArgsOf<F>>, options?: NatsTaskOptions]
    : [args: Readonly<ArgsOf<F>>, options?: NatsTaskOptions]

/**
 * The functions of a module that hosts run elsewhere: `link.work(name, url)` there. Made by `link.tasks`.
 *
 * @example
 * const tasks = link.tasks<typeof import('node:zlib')>('pool')
 * const bytes = tasks.run('deflateSync', [Buffer.from('text')], { timeout: 10_000 })
 */
export class NatsTasks<M> {
  /** The name under which hosts take its tasks. */
  readonly name: string
  readonly #loop: Loop

  /** @internal */
  constructor(by: unknown, loop: Loop, name: string) {
    checkMaker(by, 'NatsTasks', 'link.tasks(name)')
    refuseClones(this)
    this.name = name
    this.#loop = loop
  }

  /**
   * Blocks until a host has run the function of this name with copies of `args`, and returns its result. A task for which
   * there is no host, or none that has room, waits. After `timeout` milliseconds, and where `signal` is aborted, its host
   * is told to cancel it. Where it was offered and no host has answered yet, that is waited for at most 500 ms more.
   *
   * @throws UncloneableError, TypeError, RangeError before anything is sent; what the function throws; EventLoopTimeoutError,
   *   which says whether a host had taken it, or that nobody knows; `signal.reason`; RunnerDiedError when nothing is heard of
   *   the host any more: what the task has done until then is not known, and it is not begun again; CancelledError when the
   *   host or the link closes; Error `ERR_NATS_FUNCTION`, `ERR_NATS_PAYLOAD`, `ERR_NATS_VERSION`, `ERR_NATS_REFUSED`;
   *   RunnerClosedError, WouldDeadlockError, InterruptedError.
   */
  run<K extends NameIn<M>>(fn: K, ...[args, options]: Rest<M[K]>): ResultOf<M[K]> {
    const { call, signal } = this.#call(fn, args, options)
    const { half, runner } = this.#loop
    const abortable = signal === undefined ? {} : { signal }
    return runner.run(half.callRemote, call, { name: fn, ...abortable }) as ResultOf<M[K]>
  }

  /**
   * Returns a task at once, which a host elsewhere runs: `wait`, `result` and `cancel` are those of a task on this machine,
   * and its errors are told where nobody asks for them.
   *
   * @throws UncloneableError, TypeError, RangeError, RunnerClosedError; nothing is sent then. All else are errors of the task.
   */
  submit<K extends NameIn<M>>(fn: K, ...[args, options]: Rest<M[K]>): BackgroundTask<ResultOf<M[K]>> {
    const { call, signal } = this.#call(fn, args, options)
    const { half, runner } = this.#loop
    const abortable = signal === undefined ? {} : { signal }
    return runner.createTask(half.callRemote, call, { name: fn, ...abortable }) as BackgroundTask<ResultOf<M[K]>>
  }

  #call(fn: string, args: readonly unknown[] = [], options: NatsTaskOptions | undefined) {
    checkType(fn, 'fn', 'string')
    if (!Array.isArray(args)) throw invalidArgType('args', 'an array', args)
    const { timeout = Infinity, signal } = checkRemote(options)
    const packet = packetOf(args, 'args')
    const call = [this.#loop.opened(), this.name, fn, packet, timeout] as const
    return { call: call as [...typeof call], signal }
  }
}

refuseKind(NatsTasks.prototype, 'a NatsTasks, which belongs to the thread that made its link; send its name')
