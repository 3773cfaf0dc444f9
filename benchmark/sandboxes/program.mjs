// A child of ../scripts.mjs: measures one thing of one kind of sandbox, or attacks it, and prints what came out as JSON.
//
// A sandbox of ./ has `open({ threads, budget, onAsk })`, which returns `add(source)`: a script begins and runs until it
// waits; `tick()`: all that wait for the next tick go on, until they wait again; `endOf(script)`: how it has ended, if so;
// and perhaps `ready()`: all that were added wait. A source is the body of an async function with a `host`, which has
// `nextTick()` and `ask(number)`. `budget` is in milliseconds, for those which have no other.

import { readFileSync } from 'node:fs'
import { attacks } from './attacks.mjs'
import { quantile } from '../measure.mjs'

const [kind, what, threads, size] = [process.argv[2], process.argv[3], ...process.argv.slice(4).map(Number)]
const { open, mostScripts = Infinity } = await import(`./${kind}.mjs`)
const few = Math.max(1, Math.min(mostScripts, Math.round(200 * size)))
const thousands = Math.max(1, Math.round(5000 * size))
const steady = 'for (;;) { await host.nextTick(); await host.ask(1) }'

async function filled(sandbox, count, source) {
  for (let i = 0; i < count; i++) await sandbox.add(source)
  await sandbox.ready?.()
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function ticksOf(sandbox, count) {
  const times = []
  for (let i = 0; i < count; i++) times.push(await timed(() => sandbox.tick()))
  return times
}

/** What belongs to this process alone, in KiB. */
function privateMemory() {
  if (process.platform !== 'linux') return process.memoryUsage().rss / 1024
  const text = readFileSync('/proc/self/smaps_rollup', 'utf8')
  const parts = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)]
  return parts.reduce((sum, [, size]) => sum + Number(size), 0)
}

const measurements = {
  async create() {
    const sandbox = await open({ threads, budget: Infinity })
    await filled(sandbox, Math.ceil(few / 10), steady)
    const before = privateMemory()
    const time = await timed(() => filled(sandbox, few, steady))
    return { us: (time * 1000) / few, KiB: (privateMemory() - before) / few, count: few }
  },

  /** By so many scripts. */
  async call(number = '1000') {
    const [count, each] = [Math.max(1, Math.min(mostScripts, Math.round(Number(number) * size))), 20]
    const sandbox = await open({ threads, budget: Infinity })
    const source = `for (;;) { await host.nextTick(); for (let i = 0; i < ${each}; i++) await host.ask(i) }`
    await filled(sandbox, count, source)
    await sandbox.tick()
    const times = await ticksOf(sandbox, 5)
    return { us: (quantile(times, 0.5) * 1000) / (count * each), count }
  },

  async tick() {
    if (mostScripts < 5000) return { absent: `not tried with more than ${mostScripts} scripts` }
    const sandbox = await open({ threads, budget: Infinity })
    await filled(sandbox, thousands, steady)
    await ticksOf(sandbox, 2)
    return { ms: quantile(await ticksOf(sandbox, 7), 0.5), count: thousands }
  },

  /** How much later than usual the others' tick is over when one of them does not end. */
  async spin() {
    const sandbox = await open({ threads, budget: 10 })
    await filled(sandbox, Math.min(few, 100), steady)
    const usual = quantile((await ticksOf(sandbox, 20)).slice(5), 0.5)
    const script = await sandbox.add('await host.nextTick(); for (;;);')
    await sandbox.ready?.()
    const slow = Math.max(...(await ticksOf(sandbox, 5)))
    return { ms: slow - usual, end: sandbox.endOf(script) ?? 'it goes on' }
  },

  async cpu() {
    const turns = Math.round(1e7 * size)
    const work = `let sum = 0; for (let i = 0; i < ${turns}; i++) sum = (sum + i) | 0; await host.ask(sum)`
    const sandbox = await open({ threads, budget: Infinity, isLong: true })
    await filled(sandbox, 1, `for (;;) { await host.nextTick(); ${work} }`)
    await sandbox.tick()
    return { ms: quantile(await ticksOf(sandbox, 3), 0.5) }
  },

  /** A script in the middle of an `await`, with some data of its own. */
  async save() {
    const sandbox = await open({ threads, budget: Infinity })
    if (sandbox.server === undefined) return { absent: 'a running script cannot be saved' }
    const source = `const data = Array.from({ length: 100 }, (_, i) => ({ i, name: 'item ' + i })); ${steady}`
    const [saved, restored] = [[], []]
    let bytes
    for (let i = 0; i < Math.ceil(50 * size); i++) {
      const script = sandbox.add(source)
      await sandbox.tick()
      saved.push(await timed(() => (bytes = script.save())))
      restored.push(await timed(() => sandbox.server.createScript(source, { restore: bytes })))
    }
    return { ms: quantile(saved, 0.5), restore: quantile(restored, 0.5), KiB: bytes.length / 1024 }
  },

  /** What a script of this kind does to three others, and what becomes of it. */
  async attack(name) {
    let answers = 0
    const sandbox = await open({ threads, budget: 100, onAsk: () => answers++ })
    await filled(sandbox, 3, steady)
    await ticksOf(sandbox, 3)
    const attacker = await sandbox.add(attacks[name])
    await sandbox.ready?.()
    const [before, memory] = [answers, privateMemory()]
    const slow = Math.max(...(await ticksOf(sandbox, 100)))
    return {
      missed: 300 - (answers - before),
      ms: slow,
      MiB: (privateMemory() - memory) / 1024,
      end: sandbox.endOf(attacker),
    }
  },
}

const [measurement, name] = what.split(':')
const result = await measurements[measurement](name)
process.stdout.write(JSON.stringify(result), () => process.exit(0))
