// inversion.mjs <clients> <requests> [seed]: many clients, random cancels, late answers and handlers that throw.
//
// Shows that every request is answered, rejected or cancelled once: what the scripts have seen, counted by kind, is what
// the main loop has done; and that memory grows no more after the first third.

import { Server, taskModule } from 'threaded-async'
import { random } from './chaos-tasks.mjs'
import { check } from './support.mjs'

const [clients, requests] = [Number(process.argv[2]), Number(process.argv[3])]
const seed = Number(process.argv[4] ?? Date.now() % 1_000_000)
const next = random(seed)
console.log(`seed ${seed}`)
const scripts = taskModule(new URL('./inversion-tasks.mjs', import.meta.url))

/** What the main loop has done, and how often a request was handled: no more than once. */
const done = { answered: 0, rejected: 0 }
const handled = new Set()
let late = []

class Chaos extends Server {
  handleRequest(request, future) {
    const [number] = request.args
    check(!handled.has(number), `request ${number} is handled once`)
    handled.add(number)
    const how = next()
    if (how < 0.1) {
      done.rejected++
      throw new RangeError(`rejected ${number}`)
    }
    if (how < 0.3) late.push({ request, future, number })
    else answer(future, number)
  }
}

function answer(future, number) {
  done.answered++
  future.setResult(number * 2)
}

/** Late answers; those that nobody waits for any more count as cancelled on the other side. */
function answerLate() {
  for (const { future, number } of late) answer(future, number)
  late = []
}

const words = new Int32Array(new SharedArrayBuffer(4 * 8))
const server = new Chaos({ queueSize: 4 })
const tasks = new Map()

function start(client) {
  const task = server.createBackgroundTask(scripts.play, [client, words, Math.floor(next() * 1e9)])
  tasks.set(task, client)
}

function look(more) {
  for (let tries = next() * 4; tries > 0; tries--) {
    try {
      server.processAll({ maxRequests: Math.ceil(next() * 300) })
    } catch (error) {
      check(error instanceof RangeError, error.stack)
    }
  }
  if (next() < 0.3) answerLate()
  for (const [task, client] of tasks) {
    if (next() < 0.01) task.cancel()
    if (!task.done()) continue
    tasks.delete(task)
    if (more) start(client)
  }
}

for (let i = 0; i < clients; i++) start(server.createClient())
/** What the process has beside V8's two heaps: how large V8 lets those become is V8's to decide, and varies by 20 MB. */
function memory() {
  const loop = server.createBackgroundTask(scripts.heap).wait()
  globalThis.gc()
  const { rss, heapTotal } = process.memoryUsage()
  return rss - heapTotal - loop
}
let before = 0
while (handled.size < requests) {
  look(true)
  if (before === 0 && handled.size > requests / 3) before = memory()
}
const grown = memory() - before
for (const task of tasks.keys()) task.cancel()
// A script that was cancelled between two of several requests has left the others behind.
while (tasks.size > 0 || server.pending > 0 || late.length > 0) {
  answerLate()
  look(false)
  server.settle()
}

const [asked, answered, rejected, cancelled] = words
console.log(`asked ${asked}, answered ${answered}, rejected ${rejected}, cancelled ${cancelled}, grown ${grown}`)
check(asked === answered + rejected + cancelled, 'every request has ended once')
check(rejected <= done.rejected && answered <= done.answered, 'nothing was seen that was not done')
check(handled.size === done.answered + done.rejected, 'what was handled was answered or rejected')
check(handled.size - answered - rejected <= cancelled, 'what was not seen was cancelled')
check(server.pending === 0 && !server.process(), 'nothing is left')
// 11 to 16 MB after the first third, both for 100,000 requests and for 400,000.
check(grown < 30e6, `memory is flat, not ${grown} more`)
server.close()
console.log('pass')
