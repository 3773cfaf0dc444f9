// What the specs of inline functions share: functions are described here and compiled either here or in a worker.
//
// Files that call are written to a folder of their own, beside a stand-in for the package, because what a name means
// depends on the file that calls.

import test from 'ava'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import { Worker } from 'node:worker_threads'
import { compile, describe, setExports } from '../../dist/internals.js'

export const source = new URL('../../dist/internals.js', import.meta.url).href

export const exported = {
  Event: class Event {
    isOurs = true
  },
  LifoQueue: class LifoQueue {},
  Queue: class Queue {},
  sleep: ms => `slept ${ms}`,
}
setExports(exported)

/** What a description comes to; it is made in the spec, as the file that calls decides what names mean. */
export const describer = describeThere => ({
  /** What the loop makes of a function. */
  travelled: fn => compile(describeThere(fn), exported),

  /** The names a description binds. */
  bound: fn => Object.keys(JSON.parse(describeThere(fn)).bindings).sort(),

  refuses: (t, fn, variable, message) => {
    const error = t.throws(() => describeThere(fn), { code: 'ERR_CAPTURED_VARIABLE' }, `${variable} in ${fn}`)
    t.is(error?.variable, variable)
    t.is(error?.name, 'CapturedVariableError')
    if (message) t.regex(error?.message ?? '', message)
  },
})

/** A function that only its text says anything of. */
export const fromText = text => vm.runInThisContext(`(${text})`)

export const folder = realpathSync(mkdtempSync(join(tmpdir(), 'source-')))
test.after.always(() => rmSync(folder, { recursive: true }))

export const write = (name, text) => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}
write('package.json', '{ "type": "module" }')
write('node_modules/threaded-async/package.json', '{ "type": "module", "exports": "./index.js" }')
write(
  'node_modules/threaded-async/index.js',
  'export class Event {}\nexport class LifoQueue {}\nexport class Queue {}\nexport const sleep = (ms) => `slept ${ms}`',
)
write(
  'other.js',
  'export class Event {}\nexport const sleep = 1\nexport const Queue = 2, fetch = 3, here = import.meta.url',
)
write('other.cjs', 'exports.here = __filename')

test.before(
  'the stand-in is loaded once',
  () => import(pathToFileURL(join(folder, 'node_modules/threaded-async/index.js')).href),
)

let count = 0

/** Writes a module that defines `fn`, and returns what describing `fn` from it gives. */
export const describedIn = async (text, name = `caller-${count++}.mjs`) => {
  const call = `export const described = () => describe(fn)`
  const isCommonJs = name.endsWith('.cjs')
  const path = write(
    name,
    isCommonJs
      ? `${text}\nexports.with = (describe) => describe(fn)`
      : `${text}\nimport { describe } from ${JSON.stringify(source)}\n${call}`,
  )
  const module = await import(pathToFileURL(path).href)
  return isCommonJs ? module.default.with(describe) : module.described()
}

export const meansIn = async (text, name) => compile(await describedIn(text, name), exported)

export const refusedIn = async (t, text, variable, name) => {
  const error = await t.throwsAsync(describedIn(text, name), { code: 'ERR_CAPTURED_VARIABLE' }, text)
  t.is(error?.variable, variable)
}

const answer = worker => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

const loop = write(
  'worker.js',
  `import { createRequire } from 'node:module'
  import { parentPort, workerData } from 'node:worker_threads'
  import { compile } from ${JSON.stringify(source)}
  const warnings = []
  process.on('warning', (warning) => warnings.push(warning.message))
  const fn = compile(workerData.description, { sleep: (ms) => 'slept ' + ms })
  let result
  try { result = await fn(...workerData.args) } catch (error) { result = error }
  await new Promise((resolve) => setImmediate(resolve))
  const loaded = Object.keys(createRequire(import.meta.url).cache).filter((name) => /acorn|eslint|estraverse/.test(name))
  parentPort.postMessage({ result, warnings, loaded })`,
)

/** Compiles and runs in a worker, as a loop would. */
export const inWorker = async (description, ...args) => {
  const worker = new Worker(loop, { workerData: { description, args }, stderr: true })
  try {
    return await answer(worker)
  } finally {
    await worker.terminate()
  }
}
