// growth-evaluations.mjs <cache|query|wrapper|loop> <count>: the package is evaluated again and again on one thread.
//
// Shows that it listens to the process once, has one place in the core and opens what it opens once, however a loader
// comes to evaluate its file again; and that all evaluations give the same classes, so that none refuses another's
// objects. `wrapper` is what test runners with a module registry of their own do, as Jest after `resetModules`.

import { AsyncRunner, Queue } from 'threaded-async'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { check } from './support.mjs'

const [how, given] = process.argv.slice(2)
const count = Number(given)
const require = createRequire(import.meta.url)
const index = import.meta.resolve('threaded-async')
const file = fileURLToPath(new URL('threaded-async.cjs', index))

/** What this thread listens to and has open. */
function measure() {
  const listeners = process.eventNames().map(name => `${String(name)} ${process.listenerCount(name)}`)
  const handles = process.report.getReport().libuv.map(({ type }) => type)
  // These are the loader's own, and gone in a moment.
  const open = process.getActiveResourcesInfo().filter(type => type !== 'Immediate' && type !== 'CloseReq')
  return JSON.stringify([listeners, handles.filter(type => type === 'async').length, open])
}

function forget() {
  for (const key of Object.keys(require.cache)) delete require.cache[key]
}

const text = readFileSync(file, 'utf8')
const ways = {
  cache() {
    forget()
    return require(file)
  },
  async query(number) {
    forget()
    return import(`${index}?${number}`)
  },
  wrapper() {
    const module = { exports: {} }
    const names = ['exports', 'require', 'module', '__filename', '__dirname']
    compileFunction(text, names, { filename: file })(module.exports, require, module, file, '')
    return module.exports
  },
}

/** The same within a task, whose thread must not become a loop a second time. */
function inLoop(file, count) {
  const { createRequire } = require('node:module')
  const again = createRequire(file)
  const measure = () => process.eventNames().map(name => `${String(name)} ${process.listenerCount(name)}`)
  const before = measure()
  for (let number = 0; number < count; number++) {
    for (const key of Object.keys(again.cache)) delete again.cache[key]
    if (again(file).Queue !== Queue) throw new Error('another copy')
  }
  return [before, measure()].map(String)
}

if (how === 'loop') {
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
