// Producers and consumers in processes of their own, of which one after the other is killed, and so is the server.
//
// Promises that every item that was put is taken, and none stored twice before the server is killed; then the server knows the
// ids of what it still stores only, and what is put again may be stored again. An item is taken twice only where it was
// delivered again. `nats-faults.mjs <items>`: the faults come at certain numbers of items, so that they are in the middle of them.
// The other roles, for its own processes: `produce <url> <first> <end>`, `consume <url>`.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { UnconfirmedError } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { NatsServer } from '../support/nats-server.mjs'

const [role, url, first, end] = process.argv.slice(2)
const PRODUCERS = 2
const CONSUMERS = 3
const IN_FLIGHT = 100

const queueOf = url => new NatsLink({ servers: url }).queue('items', { ackWait: 2000, prefetch: 64 })

/** Says each item that is stored. What is not confirmed is put again, under the same id. */
async function produce() {
  const queue = queueOf(url)
  let next = Number(first)
  const puts = Array.from({ length: IN_FLIGHT }, async () => {
    while (next < Number(end)) {
      const item = next++
      for (;;) {
        try {
          await queue.put(item, { id: `item-${item}` })
          break
        } catch (error) {
          if (!(error instanceof UnconfirmedError)) throw error
        }
      }
      say(`${item}\n`)
    }
  })
  await Promise.all(puts)
  process.exit()
}

/** Says each item before it is acked, as work would be done. */
function consume() {
  const queue = queueOf(url)
  for (;;) {
    const { value, sequence, deliveries, ack } = queue.getWait({ timeout: 20_000 })
    say(`${value} ${sequence} ${deliveries}\n`)
    ack()
  }
}

/** A pipe that is full takes nothing until its reader comes round. */
function say(line) {
  for (;;) {
    try {
      return writeSync(1, line)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

// --- who starts and kills them

class Parts {
  seen = new Map()
  redelivered = 0
  doubled = 0
  #items
  #server
  #children = new Set()
  #consumers = []
  #producers = []
  #faults = ['consumer', 'producer', 'server', 'consumer', 'producer', 'server']
  #isOver = false
  #ending = Promise.withResolvers?.() ?? resolvers()
  #serverWasKilled = false
  #faulting = Promise.resolve()

  constructor(items, server) {
    this.#items = items
    this.#server = server
  }

  async run() {
    for (let i = 0; i < CONSUMERS; i++) this.#consume(i)
    const share = Math.ceil(this.#items / PRODUCERS)
    for (let i = 0; i < PRODUCERS; i++) {
      this.#produce(i, new Set(), i * share, Math.min(this.#items, (i + 1) * share))
    }
    try {
      await this.#ending.promise
      await this.#faulting
    } finally {
      this.#isOver = true
      for (const child of this.#children) child.kill('SIGKILL')
    }
    assert.deepEqual(this.#faults, [])
    // Put again is what was on its way when the server, or the producer, was killed.
    assert(this.doubled <= 4 * PRODUCERS * IN_FLIGHT, `${this.doubled} items are stored twice`)
  }

  #start(args, onLine, onExit) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.add(child)
    createInterface({ input: child.stdout }).on('line', line => this.#guarded(() => onLine(line)))
    child.on('close', (code, signal) => {
      this.#children.delete(child)
      if (!this.#isOver) this.#guarded(() => onExit(code, signal))
    })
    return child
  }

  #guarded(work) {
    try {
      work()
    } catch (error) {
      this.#ending.reject(error)
    }
  }

  #consume(i) {
    const onExit = (code, signal) => {
      assert.equal(signal, 'SIGKILL', `a consumer has ended with ${code}`)
      this.#consume(i)
    }
    this.#consumers[i] = this.#start(['consume', this.#server.url], line => this.#see(line), onExit)
  }

  /** A producer that was killed begins anew at the first item that it has not said; the ids are the same. */
  #produce(i, said, first, end) {
    const onLine = line => said.add(Number(line))
    const onExit = (code, signal) => {
      if (code === 0) return
      assert.equal(signal, 'SIGKILL', `a producer has ended with ${code}`)
      let next = first
      while (said.has(next)) next++
      this.#produce(i, said, next, end)
    }
    this.#producers[i] = this.#start(['produce', this.#server.url, String(first), String(end)], onLine, onExit)
  }

  #see(line) {
    const [value, sequence, deliveries] = line.split(' ').map(Number)
    const before = this.seen.get(value)
    if (before === undefined) this.seen.set(value, sequence)
    else {
      if (sequence !== before) this.doubled++
      if (sequence !== before) assert(this.#serverWasKilled, `item ${value} is stored twice`)
      // A server that was killed may have forgotten how often it has delivered what.
      assert(deliveries > 1 || this.#serverWasKilled, `item ${value} was taken twice and delivered once`)
      this.redelivered++
    }
    const due = Math.floor((this.seen.size * 7) / this.#items) - (6 - this.#faults.length)
    if (due > 0 && this.#faults.length > 0) this.#fault(this.#faults.shift())
    if (this.seen.size === this.#items) this.#ending.resolve()
  }

  #fault(kind) {
    const alive = list => list.filter(child => child.exitCode === null && child.signalCode === null)
    if (kind === 'consumer') alive(this.#consumers)[0]?.kill('SIGKILL')
    else if (kind === 'producer') alive(this.#producers)[0]?.kill('SIGKILL')
    else {
      this.#serverWasKilled = true
      this.#faulting = this.#faulting.then(() => this.#restart()).catch(error => this.#ending.reject(error))
    }
  }

  async #restart() {
    await this.#server.kill()
    await this.#server.start()
  }
}

function resolvers() {
  const all = {}
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }))
  return all
}

async function main(items) {
  const server = await NatsServer.start()
  try {
    const parts = new Parts(items, server)
    await parts.run()
    assert.equal(parts.seen.size, items)
  } finally {
    await server.end()
  }
  console.log('pass')
}

if (role === 'produce') await produce()
else if (role === 'consume') consume()
else await main(Number(role ?? 3000))
