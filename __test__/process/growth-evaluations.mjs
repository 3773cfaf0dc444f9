// growth-evaluations.mjs <cache|query|wrapper|realm|bare|loop|loopRealm> <count>: the package is evaluated again and again.
//
// Shows that it listens to the process once, has one place in the core and opens what it opens once, however a loader
// comes to evaluate its file again; that all evaluations in one realm give the same classes, so that none refuses
// another's objects; and that a copy in another realm works, and is collected with that. `wrapper` is what test runners
// with a module registry of their own do, as Jest after `resetModules`, and `realm` what Jest does for each file of tests.

import { AsyncRunner, Queue, sleepWait } from 'threaded-async'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction, createContext, runInContext } from 'node:vm'
import { native } from '../../dist/internals.js'
import { check } from './support.mjs'

const [how, times] = process.argv.slice(2)
const count = Number(times)
const require = createRequire(import.meta.url)
const index = import.meta.resolve('threaded-async')
const file = fileURLToPath(new URL('threaded-async.cjs', index))

/** What this thread listens to and has open. */
function measure() {
  const listeners = process.eventNames().map(name => `${String(name)} ${process.listenerCount(name)}`)
  const handles = process.report.getReport().libuv.map(({ type }) => type)
  // These are the loader's own, and gone in a moment.
  const open = process.getActiveResourcesInfo().filter(type => type !== 'Immediate' && type !== 'CloseReq')
  const inCore = [native.bellCount(), native.keptCount(), native.sourceCount(), native.handleCount() < 500]
  return JSON.stringify([listeners, handles.filter(type => type === 'async').length, open, inCore])
}

function forget() {
  for (const key of Object.keys(require.cache)) delete require.cache[key]
}

const text = readFileSync(file, 'utf8')
const ways = {
  cache() {
    forget()
    return require(file).everything().index
  },
  async query(number) {
    forget()
    return import(`${index}?${number}`)
  },
  wrapper() {
    const module = { exports: {} }
    const names = ['exports', 'require', 'module', '__filename', '__dirname']
    compileFunction(text, names, { filename: file })(module.exports, require, module, file, '')
    return module.exports.everything().index
  },
}

/** What a realm of a test runner has of Node. */
const given = { ...globalThis, AbortController, AbortSignal, Buffer, DOMException, URL, process }

/** Evaluates a file of the package in a realm, whose loader evaluates the others there, too. */
function evaluated(file, context) {
  const module = { exports: {} }
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
  const ofRealm = name => (name.startsWith('./') ? evaluated(join(dirname(file), name), context) : require(name))
  runInContext(wrapped, context, { filename: file })(module.exports, ofRealm, module, file, dirname(file))
  return module.exports
}

/** Evaluates the package in a realm of its own, and lets the copy wait in each way, and make a runner. */
async function inRealm(globals, makesRunner = false) {
  const context = createContext(globals)
  const exports = evaluated(file, context).everything().index
  check(exports.Queue !== Queue, 'another realm has its own classes')
  const queue = new exports.Queue()
  const got = queue.get()
  queue.putNowait({ list: ['item'] })
  const { list } = await got
  check(list[0] === 'item' && runInContext('Array', context).isArray(list), 'a wait of the copy is served')
  check(list instanceof runInContext('Array', context), 'and the value is one of its realm')
  const error = await queue.get({ timeout: 1 }).catch(error => error)
  check(error instanceof exports.EventLoopTimeoutError, 'and a deadline is told to the copy')
  if (makesRunner) withRunner(exports)
}

/** A copy's runner tells its own hook of a failure, also while another copy blocks. */
function withRunner(copy) {
  const told = []
  const runner = new copy.AsyncRunner({ onTaskError: ({ error }) => told.push(error) })
  runner.createTask(() => {
    throw new RangeError('of the copy')
  })
  while (told.length === 0) sleepWait(20)
  check(told[0].message === 'of the copy', 'the hook of the copy is told')
  check(!(told[0] instanceof RangeError), 'and with an error of its own realm')
  runner.close()
}

/** Work of the first copy goes on, whatever others have been evaluated since. */
async function inRealms(globals) {
  await inRealm(globals()) // What there is once for a thread is there afterwards.
  gc()
  const before = measure()
  const heap = process.memoryUsage().heapUsed
  const queue = new Queue()
  for (let number = 0; number < count; number++) {
    const got = queue.get()
    await inRealm(globals())
    queue.putNowait({ number })
    check((await got).number === number, 'a wait of the first copy is served after a second was evaluated')
    if (number % 20 === 0) await collected()
  }
  await collected()
  const after = measure()
  check(before === after, `nothing more is listened to or open: ${before}; ${after}`)
  const grown = (process.memoryUsage().heapUsed - heap) / 1e6
  check(grown < 20, `copies are collected with their realms: ${grown} MB more after ${count}`)
  await inRealm(globals(), true)
  const { emit } = process
  for (let number = 0; number < 3; number++) await inRealm(globals(), true)
  check(process.emit === emit, 'the end of the thread is noticed once, whichever copies have made runners')
}

async function collected() {
  await new Promise(resolve => setImmediate(resolve))
  gc()
}

/** The same within a task, whose thread must not become a loop a second time. */
function inLoop(file, count) {
  const { createRequire } = require('node:module')
  const again = createRequire(file)
  const measure = () => process.eventNames().map(name => `${String(name)} ${process.listenerCount(name)}`)
  const before = measure()
  for (let number = 0; number < count; number++) {
    for (const key of Object.keys(again.cache)) delete again.cache[key]
    if (again(file).everything().index.Queue !== Queue) throw new Error('another copy')
  }
  return [before, measure()].map(String)
}

/** A realm within a task has a copy, too, which knows the loop. */
function realmInLoop(file) {
  const names = ['node:vm', 'node:fs', 'node:module', 'node:path']
  const [vm, { readFileSync }, { createRequire }, { dirname, join }] = names.map(name => require(name))
  const count = () => process.eventNames().map(name => `${String(name)} ${process.listenerCount(name)}`)
  const before = count()
  const context = vm.createContext({})
  const again = createRequire(file)
  const evaluated = file => {
    const module = { exports: {} }
    const wrapped = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
    const ofRealm = name => (name.startsWith('./') ? evaluated(join(dirname(file), name)) : again(name))
    const evaluate = vm.runInContext(wrapped, context, { filename: file })
    evaluate(module.exports, ofRealm, module, file, dirname(file))
    return module.exports
  }
  const copy = evaluated(file).everything().index
  if (copy.Queue === Queue) throw new Error('not another copy')
  const code = (() => {
    try {
      new copy.Queue().getWait()
    } catch (error) {
      return error.code
    }
  })()
  return [before, count()].map(String).concat(code, copy.AsyncRunner.current === AsyncRunner.current)
}

if (how === 'realm' || how === 'bare') {
  await inRealms(how === 'bare' ? () => ({}) : () => ({ ...given }))
} else if (how === 'loopRealm') {
  const runner = new AsyncRunner()
  for (let number = 0; number < 10; number++) {
    const [before, after, code, isSame] = runner.run(realmInLoop, [file])
    check(before === after, `nothing more is listened to: ${before}; ${after}`)
    check(code === 'ERR_WOULD_DEADLOCK' && isSame, `the copy knows that this thread is a loop: ${code}`)
  }
  check(runner.run(() => 1) === 1, 'the loop goes on')
  runner.close()
} else if (how === 'loop') {
  const runner = new AsyncRunner()
  const [before, after] = runner.run(inLoop, [file, count])
  check(before === after, `nothing more is listened to: ${before}; ${after}`)
  check(runner.run(() => 1) === 1, 'the loop goes on')
  runner.close()
} else {
  const before = measure()
  for (let number = 0; number < count; number++) {
    check((await ways[how](number)).Queue === Queue, 'the classes are the same')
  }
  const after = measure()
  check(before === after, `nothing more is listened to or open: ${before}; ${after}`)
}
console.log('pass')
