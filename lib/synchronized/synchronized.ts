// `synchronized`: a module whose async functions block.
//
// Promises that everything about the options is refused before there is a thread, and that a specifier is looked for
// where `import` in the calling file would find it. What fails as the module is imported is thrown where the module is
// first used.

import { isAbsolute, join } from 'node:path'
import type * as Url from 'node:url'
import { checkOptions, checkType, invalidArgType, invalidArgValue } from '../arguments.js'
import { runnerOptions } from '../maker/options.js'
import { followedBy, startsWith } from '../methods.js'
import { checkTimeout } from '../timeout.js'
import type { RunnerOptions } from '../runner.js'
import { SynchronizedLoop } from './remotes.js'
import type { SynchronizedModule } from './types.js'

/** What `synchronized` takes beside the module: its own options, and those of the runner whose loop the module is on. */
export interface SynchronizedOptions extends RunnerOptions {
  /**
   * Milliseconds that each call, and the import before the first, may take; left out, the runner's `callInLoopTimeout`.
   * What has not come back by then is cancelled.
   */
  timeout?: number | undefined
  /**
   * Whether a loop that has died (also of memory), or that is stuck longer than `timeout` and `exitTimeout` together, is
   * replaced before the next call. The new loop imports the module anew. False by default.
   */
  restart?: boolean | undefined
}

const moduleOptions = followedBy(['timeout', 'restart'], runnerOptions)

/**
 * Returns at once the functions of a module as blocking ones: the module is imported on a loop of its own, and each call
 * blocks until what the function returns there has resolved. `specifier` is what `import` would take in the calling file,
 * or a URL.
 *
 * Plain data is copied, both ways. Instances of classes, and objects that hold functions, stay on the loop: what comes
 * back stands for them. Its methods block; reading or writing another field of it is one blocking call each; it iterates,
 * also where the object iterates asynchronously; as an argument it is the object. What has a `then` is awaited: a query
 * builder that is returned has run. An object is let go of when what stands for it is collected, or disposed by
 * `[Symbol.dispose]()`, which also calls the object's own. The module's `[Symbol.dispose]()` closes the loop, and
 * throws what `AsyncRunner.close` would, also what nobody has asked for of loops that were replaced.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, RangeError `ERR_OUT_OF_RANGE`: no thread is started.
 *   The first use throws what the import throws, and the next tries it again. A call throws what the function throws;
 *   EventLoopTimeoutError, the work is cancelled; UncloneableError for an argument that cannot cross, such as a callback,
 *   nothing was called; RunnerDiedError, also for an object whose loop was replaced; RunnerClosedError;
 *   WouldDeadlockError on a loop that must not block; InterruptedError.
 *
 * @example
 * const prettier = synchronized<typeof import('prettier')>('prettier', { timeout: 10_000, restart: true })
 * const text = prettier.format('a  =  1', { parser: 'babel' }) // 'a = 1;\n'
 */
export function synchronized<M extends object = any>(
  specifier: string | URL,
  options: SynchronizedOptions = {},
): SynchronizedModule<M> {
  const { timeout, restart, ...runner } = checkOptions(options, moduleOptions)
  checkTimeout(timeout, 'options.timeout')
  if (restart !== undefined) checkType(restart, 'options.restart', 'boolean', synchronized)
  const text = textOf(specifier)
  const name = runner.name ?? nameOf(text)
  const base = callerOf(synchronized)
  const link = { specifier: text, base, timeout, restart: restart === true, runner: { ...runner, name } }
  return new SynchronizedLoop(link).module(name) as SynchronizedModule<M>
}

function textOf(specifier: string | URL): string {
  if (typeof specifier === 'object' && specifier !== null && typeof specifier.href === 'string') return specifier.href
  if (typeof specifier !== 'string') {
    throw invalidArgType('specifier', 'of type string or an instance of URL', specifier, synchronized)
  }
  if (specifier === '') throw invalidArgValue('specifier', 'must not be empty', specifier, synchronized)
  return isAbsolute(specifier) ? (require('node:url') as typeof Url).pathToFileURL(specifier).href : specifier
}

/** The last part of a path without its extension, or the name of a package. */
function nameOf(specifier: string): string {
  if (startsWith(specifier, 'data:')) return 'module'
  if (!/^(\.|[a-z]+:)/.test(specifier)) return specifier
  return /([^/]+?)(?:\.[cm]?[jt]sx?)?(?:[?#].*)?$/.exec(specifier)?.[1] ?? 'module'
}

/** A program without a file (`node -e`, the REPL) asks from the current directory. */
function callerOf(above: Function): string {
  const { findCaller } = require('../functions/caller-file.js') as typeof import('../functions/caller-file.js')
  return findCaller(above)?.file ?? join(process.cwd(), '[eval]')
}
