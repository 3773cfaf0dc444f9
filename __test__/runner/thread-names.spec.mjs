// What the system calls the threads, on every Node.js: `ta:` and the runner's name, cut to 15 bytes on Linux.

import test from 'ava'
import { readFileSync } from 'node:fs'
import { AsyncRunner, Queue, RunnerPool } from 'threaded-async'
import { threadsSay } from '../support/threads.mjs'

const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip

/** The names of the threads of this process. */
const threads = () => threadsSay('comm')

/** How the thread of a runner with such a name is called. */
function nameOf(name) {
  const before = threads()
  const runner = new AsyncRunner({ name })
  runner.run(() => 1)
  const after = threads()
  runner.close()
  for (const known of before) if (after.includes(known)) after.splice(after.indexOf(known), 1)
  return after.find(thread => thread.startsWith('ta:') && !['ta:boots', 'ta:timers'].includes(thread))
}

onLinux('a loop is called by its runner', t => {
  t.is(nameOf('render'), 'ta:render')
  t.is(nameOf('two words'), 'ta:two words')
  t.is(nameOf('x'), 'ta:x')
})

onLinux('a long name is cut between two characters', t => {
  t.is(nameOf('exactly12byt'), 'ta:exactly12byt')
  t.is(nameOf('one byte more'), 'ta:one byte mor')
  t.is(nameOf('ääääääää'), 'ta:ääääää')
  t.is(nameOf('aäääääää'), 'ta:aäääää')
  t.is(nameOf('🧵🧵🧵🧵'), 'ta:🧵🧵🧵')
  t.is(nameOf('a🧵🧵🧵🧵'), 'ta:a🧵🧵')
})

onLinux('a name that the system cannot have changes nothing', t => {
  t.is(nameOf('a\0b'), undefined)
})

onLinux('a runner without a name has that of its number, prewarmed or not, in a pool or not', async t => {
  const runner = new AsyncRunner()
  runner.run(() => 1)
  t.true(threads().includes(`ta:${runner.name}`))
  const inner = runner.createTask(async () => {
    const { AsyncRunner } = await import('threaded-async')
    const { threadsSay } = await import('../support/threads.mjs')
    const runner = new AsyncRunner()
    await runner.createTask(() => 1).result()
    const names = threadsSay('comm')
    await runner.closeAsync()
    return names.includes(`ta:${runner.name}`)
  })
  t.true(inner.wait())
  runner.close()
  AsyncRunner.prewarm(1)
  while (AsyncRunner.prewarm() < 1) await new Promise(resolve => setImmediate(resolve))
  const warm = new AsyncRunner()
  t.true(threads().includes(`ta:${warm.name}`))
  warm.close()
  AsyncRunner.prewarm(0)
  const pool = new RunnerPool({ size: 2, name: 'pool' })
  const name = pool.run(async () => {
    const { AsyncRunner } = await import('threaded-async')
    return AsyncRunner.current.name
  })
  t.true(threads().includes(`ta:${name}`))
  pool.close()
})

onLinux('the thread of timers has a name, and the main thread keeps its own', async t => {
  const main = readFileSync('/proc/self/comm', 'utf8')
  const queue = new Queue()
  await t.throwsAsync(queue.get({ timeout: 1 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  t.true(threads().includes('ta:timers'))
  t.is(readFileSync('/proc/self/comm', 'utf8'), main)
})
