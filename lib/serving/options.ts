// What a server and its calls are told besides what the runner is, and how that is checked.

import type { PlainOptions } from '../brands.js'
import { MOST, checkCount, checkNamed, checkOptions, checkSignal, checkType, invalidArgValue } from '../arguments.js'
import { checkTimeout, type WaitOptions } from '../timeout.js'
import type { ScriptOutput } from '../wait/script-output.js'
import type { Handlers } from './methods.js'

/** What a server's options say of its requests. */
export interface ServingOptions<A> {
  /** How many requests of one client are pending at most; those beyond wait in their order. 10 by default. */
  queueSize?: number | undefined
  /**
   * The functions that answer, method by method, where `handleRequest` is not overridden. Where nothing else says what the
   * interface is, it is theirs.
   */
  handlers?: Handlers<A> | A | undefined
  /**
   * What becomes of an error that a handler throws. Its call is rejected with it in any case. With `'throw'`, the default,
   * `process` and `processAll` throw it as well; with `'reject'` it is the script's alone.
   */
  handlerErrors?: 'throw' | 'reject' | undefined
  /** On how many threads the server's sandboxed scripts run; 1 by default, 64 at most. They start with the first script. */
  scriptThreads?: number | undefined
  /**
   * Called on the thread that made the server, from its loop or from inside a blocking call, with each line that a sandboxed
   * script prints. Left out, lines go to that thread's `process.stdout` and `process.stderr`, behind the script's name.
   */
  onOutput?: ((output: ScriptOutput) => void) | undefined
}

/** How far `processAll` goes. */
export interface ProcessOptions {
  /** Milliseconds after which no further request is taken, and the loop is waited for no longer. */
  maxTime?: number | undefined
  /** How many requests it handles at most. */
  maxRequests?: number | undefined
}

/** How long `serve` serves. */
export interface ServeOptions {
  /** Ends the serving when it is aborted; the server stays open. */
  signal?: AbortSignal | undefined
}

/** What `createClient` takes. */
export interface ClientOptions extends PlainOptions {
  /** What `request.client` says of who asks. */
  name?: string | undefined
}

/** What `advance` takes. */
export interface AdvanceOptions extends WaitOptions {
  /** The time up to which the clock moves. */
  until?: number | undefined
}

/** What `createBackgroundTask` takes beside the function and its arguments. */
export interface BackgroundTaskOptions extends WaitOptions, PlainOptions {
  /** In errors and statistics; left out, the function's name. */
  name?: string | undefined
  /** Cancels the task when aborted. With a signal that is aborted already, the task never starts. */
  signal?: AbortSignal | undefined
  /** The task is cancelled after so many milliseconds, and ends with EventLoopTimeoutError. */
  lifetime?: number | undefined
}

/** What a server is told of its requests, checked. */
export interface Serving {
  readonly queueSize: number
  readonly handlers: object | undefined
  readonly rejectsOnly: boolean
  readonly scriptThreads: number
  readonly onOutput: ((output: ScriptOutput) => void) | undefined
}

/** So many threads a server's scripts have, at most. */
const MOST_THREADS = 64

/** Their names. */
export const servingOptions = [
  'queueSize',
  'handlers',
  'handlerErrors',
  'scriptThreads',
  'onOutput',
] as const satisfies (keyof ServingOptions<unknown>)[]

const processOptions = ['maxTime', 'maxRequests']
const serveOptions = ['signal']

/** The names of what single calls take. */
export const clientOptions = ['name']
export const advanceOptions = ['timeout', 'until']
export const backgroundTaskOptions = ['timeout', 'name', 'signal', 'lifetime']

/** Of options that have no others than are known. */
export function checkServingOptions<A>(options: ServingOptions<A>): Serving {
  const { queueSize = 10, handlerErrors = 'throw', scriptThreads = 1, onOutput } = options
  const handlers = options.handlers as object | undefined
  if (handlers !== undefined) checkNamed(handlers, 'options.handlers')
  if (handlerErrors !== 'throw' && handlerErrors !== 'reject') {
    throw invalidArgValue('options.handlerErrors', "must be 'throw' or 'reject'", handlerErrors, checkServingOptions)
  }
  const most = checkCount(queueSize, 'options.queueSize', 1, MOST, MOST)
  checkCount(scriptThreads, 'options.scriptThreads', 1, MOST_THREADS)
  if (onOutput !== undefined) checkType(onOutput, 'options.onOutput', 'function', checkServingOptions)
  return { queueSize: most, handlers, rejectsOnly: handlerErrors === 'reject', scriptThreads, onOutput }
}

export function checkProcessOptions(options: ProcessOptions): Required<ProcessOptions> {
  const { maxTime, maxRequests = Infinity } = checkOptions(options, processOptions)
  checkCount(maxRequests, 'options.maxRequests', 0, MOST, MOST)
  return { maxTime: checkTimeout(maxTime, 'options.maxTime') ?? Infinity, maxRequests }
}

export function checkServeOptions(options: ServeOptions | undefined): AbortSignal | undefined {
  return options === undefined ? undefined : checkSignal(checkOptions(options, serveOptions).signal, 'options.signal')
}
