// P4: what a value costs on its way to a task and back: a small object, a string of 1 KB, a Buffer of 1 MB. Copied on
// both sides; the rows of the Buffer also show what moving it costs, which is where MessagePort need not copy.

import { AsyncRunner, Queue } from 'threaded-async'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'
import { startEcho } from '../rivals/message-port.mjs'

const OURS = 'threaded-async'
const RIVAL = 'MessagePort + Atomics.wait'
const MEGABYTE = 2 ** 20

function ourEcho(transfers) {
  const runner = new AsyncRunner()
  const there = new Queue(runner)
  const back = new Queue(runner)
  runner.createTask(
    async (there, back, transfers) => {
      for await (const value of there) await back.put(value, transfers ? { transfer: [value] } : {})
    },
    [there, back, transfers],
  )
  const ask = (value, options) => {
    there.putWait(value, options)
    return back.getWait()
  }
  return { ask, stop: () => runner.close() }
}

const ours = (value, calls) => ({
  name: OURS,
  setUp() {
    const { ask, stop } = ourEcho(false)
    return { round: () => [...latencies(calls, () => ask(value))], tearDown: stop }
  },
})

const rival = (value, calls) => ({
  name: RIVAL,
  async setUp() {
    const { ask, stop } = await startEcho()
    return { round: () => [...latencies(calls, () => ask(value))], tearDown: stop }
  },
})

const ourTransfer = calls => ({
  name: `${OURS}, transferred`,
  setUp() {
    const { ask, stop } = ourEcho(true)
    let buffer = new ArrayBuffer(MEGABYTE)
    const call = () => {
      buffer = ask(buffer, { transfer: [buffer] })
    }
    return { round: () => [...latencies(calls, call)], tearDown: stop }
  },
})

const rivalTransfer = calls => ({
  name: `${RIVAL}, transferred`,
  async setUp() {
    const { port, receive, stop } = await startEcho({ transfers: true })
    let buffer = new ArrayBuffer(MEGABYTE)
    const call = () => {
      port.postMessage(buffer, [buffer])
      buffer = receive()
    }
    return { round: () => [...latencies(calls, call)], tearDown: stop }
  },
})

function row(what, value, { calls, ratio, more = [] }) {
  return {
    id: 'P4',
    title: `round trip of ${what}`,
    unit: 'µs',
    rounds: 11,
    contestants: [ours(value, calls), rival(value, calls), ...more],
    goals: [{ of: OURS, against: RIVAL, ratio }],
  }
}

const object = { id: 17, name: 'a small object', isActive: true, position: { x: 1.5, y: -2.5 }, tags: ['one', 'two'] }
const blocks = size(50)

export const smallObject = row('a small object', object, { calls: size(5000), ratio: 6 })
export const shortString = row('a string of 1 KB', 'abcdefgh'.repeat(128), { calls: size(5000), ratio: 6 })
export const largeBuffer = row('a Buffer of 1 MB', Buffer.alloc(MEGABYTE, 7), {
  calls: blocks,
  ratio: 1.5,
  more: [ourTransfer(blocks), rivalTransfer(blocks)],
})
