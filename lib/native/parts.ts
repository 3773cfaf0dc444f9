// The files that this package is loaded from, beside the one that each thread begins with.
//
// Promises that a thread has one copy of each, and that one which could not be loaded is tried again the next time.
// `tools/bundle.mjs` says which module is in which file, and turns an import of another file's module into `part(…)`.

import { start } from './boot.js'

/** What the modules of a file export, by their names; made when it is asked for. */
export type Modules = Record<string, () => object>

/**
 * `front`: what the package exports, with which come `synchronized`, `pool` and `serving` when they are needed; `loop`:
 * what a runner's loop runs; `functions`, `helpers`: how a function becomes text, and code again.
 */
export type Part = 'base' | 'front' | 'synchronized' | 'pool' | 'serving' | 'loop' | 'functions' | 'helpers'

/** What such a file exports. */
export type File = (part: (name: Part) => Modules, module: { exports: { modules?: Modules } }) => void

const loaded = { __proto__: null } as unknown as Partial<Record<Part, Modules>>

/** Returns the modules of a file, which this loads first if need be. */
export function part(name: Part): Modules {
  return (loaded[name] ??= load(name))
}

/** Says which modules are in the file that this is in. */
export function provide(modules: Modules): void {
  loaded.base = modules
}

function load(name: Part): Modules {
  const own: { exports: { modules?: Modules } } = { exports: {} }
  fileOf(name)(part, own)
  return own.exports.modules!
}

/** Written here by `tools/bundle.mjs`. */
declare const BUNDLED: string

function fileOf(name: Part): File {
  try {
    return start === undefined ? required(name) : start.part(name)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ENOENT') throw error
    const sentence = BUNDLED // Somebody has copied the first file without this one.
    throw Object.assign(new Error(sentence), { code: 'ERR_BUNDLED' })
  }
}

/** Each is written out: tools that collect a program's files see no other. */
function required(name: Part): File {
  switch (name) {
    case 'front':
      return require('./threaded-async.front.cjs') as File
    case 'synchronized':
      return require('./threaded-async.synchronized.cjs') as File
    case 'pool':
      return require('./threaded-async.pool.cjs') as File
    case 'serving':
      return require('./threaded-async.serving.cjs') as File
    case 'loop':
      return require('./threaded-async.loop.cjs') as File
    case 'functions':
      return require('./threaded-async.functions.cjs') as File
    default:
      return require('./threaded-async.helpers.cjs') as File
  }
}
