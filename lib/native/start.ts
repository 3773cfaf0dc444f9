// The file that threads start with: it loads the bundle, and passes on what that exports.
//
// To compile the bundle takes a third of a loop's start. So the thread that makes a loop hands over the text it has
// compiled itself, and what V8 has made of it (its code cache); the loop's compilation is then a matter of copying. Where
// there is no such thing, because the bundle was loaded in another way, the loop compiles like any other thread.

import type { BootData, Code, Start } from './boot.js'

const { existsSync, readFileSync } = require('node:fs') as typeof import('node:fs')
const { join } = require('node:path') as typeof import('node:path')
const { createRequire, getCompileCacheDir } = require('node:module') as Module
const { runInThisContext, Script } = require('node:vm') as typeof import('node:vm')
const { workerData } = require('node:worker_threads') as typeof import('node:worker_threads')

interface Module {
  readonly createRequire: (file: string) => NodeJS.Require
  /** From Node 22.8 on. */
  readonly getCompileCacheDir?: () => string | undefined
}

/** What to say where the package is in a bundle; written here by `tools/bundle.mjs`. */
declare const BUNDLED: string

const file = join(__dirname, 'threaded-async.cjs')

/** What the code cache may take; the rest of the memory is not used, and not taken from the system. */
const CACHE_BYTES = 2 ** 20
/** The first word tells how long the cache is. */
const HEAD_BYTES = 8
/** What it says while there is none, and while one is written. */
const NONE = 0
const BEING_KEPT = -1

module.exports = (globalThis as Record<symbol, unknown>)[Symbol.for(`threaded-async:${file}`)] ?? load()

function load(): unknown {
  if (!existsSync(file)) {
    const sentence = BUNDLED // Somebody has copied this file alone.
    throw Object.assign(new Error(sentence), { code: 'ERR_BUNDLED' })
  }
  if (!isOursToCompile()) return require('./threaded-async.cjs')
  return evaluate(handedOver() ?? { text: readFileSync(file, 'latin1'), cache: new SharedArrayBuffer(CACHE_BYTES) })
}

/**
 * Another realm of a thread compiles with a loader of its own, and so do other runtimes than Node. A program that keeps
 * Node's compile cache on disk has the bundle in it.
 */
function isOursToCompile(): boolean {
  if ('bun' in process.versions || 'deno' in process.versions) return false
  return runInThisContext('globalThis') === globalThis && getCompileCacheDir?.() === undefined
}

/** What the maker of this thread has compiled, where this is the thread of a runner. */
function handedOver(): Code | undefined {
  const data = workerData as Partial<BootData> | null | undefined
  return data?.file === file ? data.code : undefined
}

function evaluate(code: Code): unknown {
  const length = Atomics.load(new Int32Array(code.cache, 0, 1), 0)
  const cachedData = length > 0 ? new Uint8Array(code.cache, HEAD_BYTES, length) : undefined
  const text = `(function (exports, require, module, __filename, __dirname) {${code.text}\n})`
  const script = new Script(text, { filename: file, cachedData })
  const start: Start = { code, keep: keeper(script, code), load: url => import(url) }
  const own = { exports: {}, filename: file, start }
  script.runInThisContext().call(own.exports, own.exports, createRequire(file), own, file, __dirname)
  return own.exports
}

/**
 * Returns the function that keeps what V8 has made of the bundle so far, once, for the loops that this process will start.
 * By then a program may have replaced what the language has, so all is taken here. Without a cache, loops compile anew.
 */
function keeper(script: InstanceType<typeof Script>, { cache }: Code): () => void {
  const { compareExchange, store } = Atomics
  const head = new Int32Array(cache, 0, 1)
  const room = new Uint8Array(cache, HEAD_BYTES)
  const made = script.createCachedData.bind(script)
  const fill = room.set.bind(room)
  return () => {
    if (compareExchange(head, 0, NONE, BEING_KEPT) !== NONE) return
    try {
      const data = made()
      fill(data) // It throws where there is no room.
      store(head, 0, data.length)
    } catch {}
  }
}
