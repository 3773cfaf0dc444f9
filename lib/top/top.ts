// `top()`: the loops, queues and waits of this process, drawn in the terminal, or shown to a command that attaches.
//
// Promises that the looking keeps no process alive, goes on while this thread blocks, and that `stop` leaves the terminal,
// and the file system, as they were.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { Worker } from 'node:worker_threads'
import { checkOptions, checkType, outOfRange } from '../arguments.js'
import { ownSocket } from './socket.js'
import type { TopData } from './thread.js'

/** What `top` takes. */
export interface TopOptions {
  /** Milliseconds between two pictures, 500 by default; 20 at least. */
  interval?: number | undefined
  /**
   * Draws nothing here, but lets this user's `npx threaded-async top` in another terminal do so: by a socket in a folder
   * that nobody else can look into.
   */
  listen?: boolean | undefined
}

/** A `top` that goes on. */
export interface Top extends Disposable {
  /** Ends it. A second call does nothing. */
  stop(): void
}

const topOptions = ['interval', 'listen']

/**
 * Returns at once: a thread of its own draws the loops and queues of this process, and what they wait for, in the
 * terminal until `stop` or the end of the process; also while this thread blocks. Where standard output is no terminal, it
 * writes them once, as plain lines.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; nothing is drawn. Error, with `listen`, where
 *   the socket cannot be made.
 */
export function top(options: TopOptions = {}): Top {
  const { interval = 500, listen = false } = checkOptions(options, topOptions)
  checkType(interval, 'options.interval', 'number', top)
  if (!(interval >= LEAST)) throw outOfRange('options.interval', `>= ${LEAST}`, interval, top)
  checkType(listen, 'options.listen', 'boolean', top)
  const state = new Int32Array(new SharedArrayBuffer(8))
  const isTerminal = isatty(1)
  const hasColors = isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  const workerData: TopData = { interval, listens: listen, descriptor: 1, isTerminal, hasColors, state }
  const worker = new Worker(join(__dirname, 'top-thread.cjs'), { workerData, name: 'threaded-async/top', stdin: false })
  worker.unref()
  worker.on('error', error => process.emitWarning(`threaded-async/top has ended: ${error.message}`))
  return running(worker, state, listen, isTerminal)
}

const LEAST = 20

/** How long `stop` waits for the last picture, in milliseconds. */
const PATIENCE = 1000

function running(worker: Worker, state: Int32Array, listens: boolean, isTerminal: boolean): Top {
  const isWaitedFor = !listens && !isTerminal // Its only picture.
  const path = listens && process.platform !== 'win32' ? ownSocket() : undefined
  const leave = () => {
    try {
      if (path !== undefined) rmSync(path, { force: true })
    } catch {
      // A socket that stays behind is refused: the end of a program must not fail for that.
    }
  }
  if (listens) process.once('exit', leave)
  if (isWaitedFor) worker.ref()
  const stop = () => {
    if (Atomics.exchange(state, 0, 1) === 1) return
    Atomics.notify(state, 0)
    process.off('exit', leave)
    leave()
    const timer = setTimeout(() => void worker.terminate(), listens ? 0 : PATIENCE)
    worker.once('exit', () => clearTimeout(timer))
  }
  return { stop, [Symbol.dispose]: stop }
}
