// The file that threads start with: it loads the package, and passes on what that exports.
//
// To compile the package takes a good part of a loop's start. So the thread that makes a loop hands over the texts it has
// compiled itself, and what V8 has made of them (its code cache); the loop's compilation is then a matter of copying.
// Where there is no such thing, because the package was loaded in another way, the loop compiles like any other thread.

import type { BootData, Code, Codes, Start } from './boot.js'

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
const folder = file.slice(0, -'threaded-async.cjs'.length)

// By the time a file is loaded or kept, a program may have replaced what the language has.
const { compareExchange, load: get, store } = Atomics
const { Int32Array: Words, SharedArrayBuffer: SharedMemory, Uint8Array: Bytes } = globalThis
const { apply } = Reflect
const { runInThisContext: runScript, createCachedData: makeCache } = Script.prototype as unknown as Record<
  string,
  Function
>
const fill = Bytes.prototype.set

/** What the code cache of a file may take; the rest of the memory is not used, and not taken from the system. */
const CACHE_BYTES = 2 ** 19
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
  return isOursToCompile() ? evaluate(handedOver() ?? {}) : require('./threaded-async.cjs')
}

/**
 * Another realm of a thread compiles with a loader of its own, and so do other runtimes than Node. A program that keeps
 * Node's compile cache on disk has the package in it.
 */
function isOursToCompile(): boolean {
  if ('bun' in process.versions || 'deno' in process.versions) return false
  return runInThisContext('globalThis') === globalThis && getCompileCacheDir?.() === undefined
}

/** What the maker of this thread has compiled, where this is the thread of a runner. */
function handedOver(): Codes | undefined {
  const data = workerData as Partial<BootData> | null | undefined
  return data?.file === file ? data.codes : undefined
}

type Own = { exports: unknown; filename: string; start: Start }
type ScriptOptions = import('node:vm').ScriptOptions
type Compiled = InstanceType<typeof Script>
type Wrapper = (exports: unknown, require: NodeJS.Require, module: Own, file: string, folder: string) => void

/** Evaluates the first file, which asks for the others. */
function evaluate(codes: Codes): unknown {
  const require = createRequire(file)
  const keepers: (() => void)[] = []
  let hasLoop = false // Which no other thread than a loop would compile.
  const codeOf = (name: string) => (codes[name] ??= newCode(pathOf(name)))
  const compiled = (name: string) => {
    const script = compile(pathOf(name), codeOf(name))
    keepers[keepers.length] = keeper(script, codeOf(name))
    return script
  }
  const run = (name: string) => {
    const own: Own = { exports: {}, filename: pathOf(name), start }
    const wrapper = apply(runScript, compiled(name), []) as Wrapper
    apply(wrapper, own.exports, [own.exports, require, own, own.filename, __dirname])
    return own.exports
  }
  const start: Start = {
    codes() {
      codeOf('loop')
      return codes
    },
    keep() {
      try {
        if (!hasLoop) compiled('loop')
        hasLoop = true
        for (let i = 0; i < keepers.length; i++) keepers[i]!()
        keepers.length = 0
      } catch {} // Where no stack is left, loops compile anew.
    },
    part: name => run(name) as () => void,
    load: url => import(url),
  }
  return run('base')
}

function pathOf(name: string): string {
  return name === 'base' ? file : `${folder}threaded-async.${name}.cjs`
}

function newCode(path: string): Code {
  return { text: readFileSync(path, 'latin1'), cache: new SharedMemory(CACHE_BYTES) }
}

function compile(path: string, { text, cache }: Code): Compiled {
  const length = get(new Words(cache, 0, 1), 0)
  const cachedData = length > 0 ? new Bytes(cache, HEAD_BYTES, length) : undefined
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${text}\n})`
  return new Script(wrapped, { __proto__: null, filename: path, cachedData } as ScriptOptions)
}

/**
 * Returns the function that keeps what V8 has made of a file so far, once, for the loops that this process will start.
 * Without a cache, loops compile anew.
 */
function keeper(script: Compiled, { cache }: Code): () => void {
  const head = new Words(cache, 0, 1)
  const room = new Bytes(cache, HEAD_BYTES)
  return () => {
    if (compareExchange(head, 0, NONE, BEING_KEPT) !== NONE) return
    try {
      const data = apply(makeCache, script, []) as Buffer
      apply(fill, room, [data]) // It throws where there is no room.
      store(head, 0, data.length)
    } catch {}
  }
}
