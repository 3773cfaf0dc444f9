// Control inversion without a library: async scripts in a worker call over a MessagePort, and the main thread, which
// blocks in Atomics.wait until a call is there, answers. The same file is the program of its worker.
//
// It does what the scripts of the row need and no more: no cancellation, no errors, no order of clients but arrival. So
// it is a lower bound of what a program of one's own costs. `batches` sends the calls of one turn of the loop as one
// message and answers them with one; `polls` has both threads look for a while before they sleep.

import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { startWorker } from './blocking-port.mjs'

/** For how long a thread that polls looks, in milliseconds: as long as the library does. */
const LOOK = 0.1

if (!isMainThread && workerData?.rival === 'by-hand') runScripts(workerData)

// --- the worker

async function script(client) {
  for (let number = 0; ;) number = await client.increment(number)
}

function runScripts({ port, bell, clients, batches, polls }) {
  const pending = new Map()
  const send = sender(port, bell, batches)
  let last = 0

  const client = { increment: number => call('increment', [number]) }

  function call(fun, args) {
    const id = ++last
    send({ id, fun, args })
    return new Promise(resolve => pending.set(id, resolve))
  }

  function settle({ id, value }) {
    const resolve = pending.get(id)
    pending.delete(id)
    resolve(value)
  }

  const receive = batches ? answers => answers.forEach(settle) : settle
  port.on('message', polls ? poller(port, receive) : receive)
  parentPort.postMessage('ready')
  for (let index = 0; index < clients; index++) script(client)
}

/** Sends each call by itself, or those of one turn of the loop in one message. */
function sender(port, bell, batches) {
  let calls = []

  function send(message) {
    port.postMessage(message)
    Atomics.add(bell, 0, 1)
    Atomics.notify(bell, 0)
  }

  function flush() {
    const batch = calls
    calls = []
    send(batch)
  }

  function collect(call) {
    // A tick comes after all microtasks: by then every script that runs in this turn has made its call.
    if (calls.push(call) === 1) process.nextTick(flush)
  }
  return batches ? collect : send
}

/** Receives an answer, then looks for others once per turn of the loop, until none has come for a while. */
function poller(port, receive) {
  let isPolling = false

  function poll(until) {
    const message = receiveMessageOnPort(port)
    if (message !== undefined) receive(message.message)
    const next = message === undefined ? until : performance.now() + LOOK
    isPolling = performance.now() < next
    if (isPolling) setImmediate(poll, next)
  }

  return answer => {
    receive(answer)
    if (isPolling) return
    isPolling = true
    setImmediate(poll, performance.now() + LOOK)
  }
}

// --- the main thread

const handlers = { increment: number => number + 1 }

const answer = ({ id, fun, args }) => ({ id, value: handlers[fun](...args) })

/** A worker with so many scripts, and what answers their calls. */
export async function startScripts({ clients, batches = false, polls = false }) {
  const data = { rival: 'by-hand', clients, batches, polls }
  const { port, receive, stop } = await startWorker(new URL(import.meta.url), data, polls ? look : undefined)
  return {
    /** Blocks until there is a message, answers what it asks, and returns how many calls that was. */
    process() {
      const message = receive()
      port.postMessage(batches ? message.map(answer) : answer(message))
      return batches ? message.length : 1
    },
    stop,
  }
}

function look(hasRung) {
  const until = performance.now() + LOOK
  while (!hasRung() && performance.now() < until);
}
