// Functions of a module as tasks: typed on this side, imported once by each loop.
//
// The loop looks a function up in its module, so the function may use everything that the module imports. What stands in
// for it on this side has no body, and throws when it is called.

import { isAbsolute } from 'node:path'
import type * as Url from 'node:url'
import { invalidArgType } from './arguments.js'
import { standFor, type ModuleFunction } from './functions/errand.js'

/** The functions of a module `M`, to be handed to `createTask`, `run` and `callInLoop`. */
export type TaskModule<M> = { readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: M[K] }

/**
 * Returns stand-ins for the exported functions of a module: `runner.createTask(tasks.crawl, [queue])`. The module is
 * imported when a loop first runs one of them; what fails then, fails that task. A module may name itself, as long as
 * what stands at its top does not start such tasks on a loop, too: that throws `ERR_INVALID_STATE`.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `url` is neither a URL, nor the text of one, nor an absolute path.
 *
 * @example
 * const tasks = taskModule<typeof import('node:fs/promises')>('node:fs/promises')
 * runner.run(tasks.mkdir, ['/tmp/a'])
 */
export function taskModule<M>(url: URL | string): TaskModule<M> {
  const href = hrefOf(url)
  const standIns = new Map<string, Function>()
  // What is shown of a proxy is its target.
  const target = Object.defineProperty({}, inspect, { value: () => `[TaskModule ${href}]` })
  return new Proxy(target as TaskModule<M>, {
    get(_target, name) {
      // `await` asks what it is given for `then`.
      if (typeof name === 'symbol' || name === 'then') return undefined
      let standIn = standIns.get(name)
      if (standIn === undefined) standIns.set(name, (standIn = standInFor({ url: href, name })))
      return standIn
    },
  })
}

/** By which `console.log` finds how a value is shown. */
const inspect = Symbol.for('nodejs.util.inspect.custom')

/** @internal The text of a module's URL. @throws TypeError, as `taskModule`. */
export function hrefOf(url: URL | string): string {
  if (isURL(url)) return url.href
  // A drive's letter would pass for the scheme of a URL.
  if (typeof url === 'string' && isAbsolute(url)) return (require('node:url') as typeof Url).pathToFileURL(url).href
  if (typeof url === 'string' && URL.canParse(url)) return url
  throw invalidArgType(
    'url',
    'an absolute path, or an instance of URL such as new URL("./tasks.js", import.meta.url)',
    url,
    taskModule,
  )
}

/** As Node tells one: it may be of another realm (jest). */
function isURL(url: URL | string): url is URL {
  return typeof url === 'object' && url !== null && typeof url.href === 'string' && typeof url.protocol === 'string'
}

function standInFor(found: ModuleFunction): Function {
  const standIn = () => {
    throw new TypeError(`${found.name} of ${found.url} runs on a loop: hand it to createTask.`)
  }
  Object.defineProperty(standIn, 'name', { value: found.name })
  return standFor(standIn, found)
}
