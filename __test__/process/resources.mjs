// resources.mjs <idle|waits|ended|loop|many|unwatched> <3|2>: what why-is-node-running, in that version, and Node itself say of a
// program that awaits something of ours.
//
// Each part prints `pass` when what they list is what is awaited, and no more of ours.

import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [part, version] = process.argv.slice(2)
const tool = version === '3' ? 'why-is-node-running' : 'why-is-node-running-2'
const { default: whyIsNodeRunning } = part === 'unwatched' ? {} : await import(tool)
const types = []
if (part === 'unwatched') createHook({ init: (_id, type) => types.push(type) }).enable()
const { AsyncRunner, Event, Queue, QueueShutDown } = await import('threaded-async')
const file = fileURLToPath(import.meta.url)

/** Resolves when so many resources of these waits have been made. */
function made(type, count = 1) {
  return new Promise(resolve => {
    const init = (_id, of) => of === `threaded-async:${type}` && --count === 0 && (hook.disable(), resolve())
    const hook = createHook({ init }).enable()
  })
}

/** What why-is-node-running lists of ours: of each its type, and the lines behind it. */
function listed() {
  const lines = []
  whyIsNodeRunning({ error: (...words) => lines.push(words.length > 1 ? words[0].replace('%s', words[1]) : words[0]) })
  const all = lines.join('\n').split('\n# ').slice(1)
  return all.filter(each => /^(threaded-async|CustomGC|WORKER)/.test(each)).map(each => each.trim().split('\n'))
}

/** What Node lists of ours. */
const active = () => process.getActiveResourcesInfo().filter(type => type.startsWith('threaded-async'))

/** The line of this file that has a text in it, as a stack names it. */
function lineOf(text) {
  const number =
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex(line => line.includes(text)) + 1
  return new RegExp(String.raw`resources\.mjs:${number}\b`)
}

async function consume(queue) {
  return await queue.get() // Here it waits.
}

const parts = {
  async idle() {
    const runner = new AsyncRunner({ name: 'crawler' })
    const queue = new Queue(runner, { name: 'jobs' })
    const got = queue.get()
    runner.run(queue => queue.putNowait(1), [queue])
    assert.equal(await got, 1)
    assert.deepEqual(active(), [])
    assert.deepEqual(listed(), [])
    runner.close()
  },

  async waits() {
    const queue = new Queue({ name: 'jobs' })
    const event = new Event()
    const both = Promise.all([made("Queue.get 'jobs'"), made('Event.waitAsync')])
    const waits = [consume(queue), event.waitAsync()]
    assert.deepEqual(active(), ["threaded-async:Queue.get 'jobs'", 'threaded-async:Event.waitAsync'])
    await both
    const { 0: first, 1: second, length } = listed()
    assert.equal(length, 2)
    assert.equal(first[0], "threaded-async:Queue.get 'jobs'")
    assert.match(first.at(-1), lineOf('// Here it ' + 'waits.'))
    assert.equal(second[0], 'threaded-async:Event.waitAsync')
    queue.putNowait(1)
    event.set()
    assert.deepEqual(await Promise.all(waits), [1, undefined])
    assert.deepEqual([listed(), active()], [[], []])
  },

  async ended() {
    const queue = new Queue({ name: 'jobs' })
    const shown = made("Queue.get 'jobs'")
    const order = []
    void consume(queue).then(item => order.push(item))
    await shown
    void consume(queue).then(item => order.push(item))
    queue.putNowait(1)
    queue.putNowait(2)
    const again = made("Queue.get 'jobs'")
    const failed = new Promise(resolve => process.once('unhandledRejection', resolve))
    void consume(queue)
    await again
    assert.deepEqual(order, [1, 2])
    queue.shutdown()
    assert.ok((await failed) instanceof QueueShutDown)
  },

  loop() {
    const runner = new AsyncRunner({ name: 'crawler' })
    const queue = new Queue({ name: 'jobs' })
    const task = runner.createTask(look, [tool, queue])
    const [types, list] = task.wait()
    assert.deepEqual(types, ["threaded-async:AsyncRunner 'crawler'", "threaded-async:Queue.get 'jobs'"])
    assert.match(list, /^# threaded-async:Queue\.get 'jobs'$/m)
    runner.close()
  },

  async many() {
    const queue = new Queue({ name: 'jobs' })
    const shown = made("Queue.get 'jobs'", 250)
    const waits = Array.from({ length: 250 }, () => consume(queue))
    await shown
    assert.equal(listed().length, 250)
    queue.putManyWait(Array.from({ length: 250 }, (_, i) => i))
    assert.deepEqual(
      await Promise.all(waits),
      Array.from({ length: 250 }, (_, i) => i),
    )
  },

  /** Hooks that are not told of ends, as those of `AsyncLocalStorage` in Node 20 and 22, make no difference. */
  async unwatched() {
    const queue = new Queue({ name: 'jobs' })
    const got = queue.get()
    assert.deepEqual(
      types.filter(type => type === 'Timeout'),
      [],
    )
    assert.deepEqual(active(), ["threaded-async:Queue.get 'jobs'"])
    queue.putNowait(1)
    assert.equal(await got, 1)
  },
}

/** Runs on a loop. */
async function look(tool, queue) {
  const { createHook } = await import('node:async_hooks')
  const { default: why } = await import(tool)
  const shown = new Promise(resolve => {
    const hook = createHook({ init: (_id, type) => type.includes('Queue.get') && (hook.disable(), resolve()) }).enable()
  })
  const got = queue.get()
  await shown
  const types = process.getActiveResourcesInfo().filter(type => type.startsWith('threaded-async'))
  const lines = []
  why({ error: (...words) => lines.push(words.length > 1 ? words[0].replace('%s', words[1]) : words[0]) })
  queue.putNowait(1)
  await got
  return [types, lines.join('\n')]
}

await parts[part]()
console.log('pass')
