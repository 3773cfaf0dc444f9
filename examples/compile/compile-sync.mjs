// `compileSync`: dart-sass as a synchronous compiler whose plugins may be asynchronous.
//
// The compiler is `sass.compileStringAsync`, and runs as a task on a background loop. The caller blocks in
// `processUntil`, and wakes to run its own importers, functions and logger for it. These are closures and never travel;
// plugins that are named with `plugin` run on the loop instead, and may await.
// Promises the CSS, the callbacks in the order, and the exceptions of `sass.compileString`; an exception that began in a
// callback has what was thrown there as its `cause`. Compilations nest: a callback may compile.
// Refuses callbacks that return a promise: the thread that would settle it is blocked.

import { EventLoopTimeoutError, Server, taskModule, TimeoutTimer } from 'threaded-async'
import { Callbacks, requests } from './callbacks.mjs'
import { revivedException } from './exceptions.mjs'

export { plugin } from './plugin.mjs'

const tasks = taskModule(new URL('./compiler-task.mjs', import.meta.url))

/** A loop for compilations. Does not keep the process alive; `close` ends it at once. */
export class Compiler {
  #server
  #client
  #compilations = new Map()
  #last = 0

  /** Options as those of a server. */
  constructor(options = {}) {
    const handler = name => [name, (id, ...args) => this.#of(id).answer(name, args)]
    this.#server = new Server({ name: 'compiler', ...options, handlers: Object.fromEntries(requests.map(handler)) })
    this.#client = this.#server.createClient()
  }

  /**
   * Blocks until the stylesheet is compiled, and returns what `sass.compileString` would. Takes its options, and
   * `timeout` in milliseconds, after which the compilation is cancelled; left out, there is no limit.
   *
   * @throws sass.Exception, with what a callback or a plugin threw as its `cause`; EventLoopTimeoutError.
   */
  compileSync(source, { timeout = Infinity, ...options } = {}) {
    const id = ++this.#last
    const callbacks = new Callbacks(options, (fn, number) => this.#ask(fn, [id, number]))
    this.#compilations.set(id, callbacks)
    try {
      return revivedResult(this.#run(id, source, callbacks.description, timeout))
    } catch (error) {
      throw revivedException(error, callbacks.thrown)
    } finally {
      this.#compilations.delete(id)
    }
  }

  #run(id, source, description, timeout) {
    const timer = new TimeoutTimer(timeout)
    const args = [this.#client, id, source, description]
    const task = this.#server.createBackgroundTask(tasks.compile, args, { name: `compilation ${id}`, timeout })
    try {
      return this.#server.processUntil(task, { timeout: Math.ceil(timer.remaining) })
    } catch (error) {
      if (error instanceof EventLoopTimeoutError) task.cancel()
      throw error
    }
  }

  /** Asks the compiler for more while it waits for a callback. */
  #ask(fn, args) {
    return this.#server.createBackgroundTask(tasks[fn], args).wait()
  }

  #of(id) {
    const callbacks = this.#compilations.get(id)
    if (callbacks === undefined) throw new Error(`Compilation ${id} is over.`)
    return callbacks
  }

  close() {
    this.#server.close()
  }

  [Symbol.dispose]() {
    this.close()
  }
}

let shared

/** Blocks: `Compiler.compileSync` on a loop that is started by the first call, and serves all others. */
export function compileSync(source, options) {
  shared ??= new Compiler()
  return shared.compileSync(source, options)
}

function revivedResult({ loadedUrls, ...result }) {
  return { ...result, loadedUrls: loadedUrls.map(url => new URL(url)) }
}
