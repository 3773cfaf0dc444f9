// Worker threads that a user has made: every door is open there, and nothing keeps such a thread from ending.
//
// Promises to cover H2 for threads that are neither the main one nor a runner's: the bodies of the other specs run
// there through both doors; a worker that is terminated while it blocks ends at once, a worker that awaits lives on,
// and an idle worker ends by itself, whatever its runners do. Handles cannot be handed to such a thread: it makes its
// own.

import test from 'ava'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const start = workerData => new Worker(new URL('./own-worker.mjs', import.meta.url), { workerData })

const modules = [
  'queue/queue',
  'queue/join',
  'queue/shutdown',
  'queue/iteration',
  'waits/waits',
  'waits/event',
  'waits/future',
]

test.serial('H2: every door works on a user’s own worker', async t => {
  const urls = modules.map(name => new URL(`../${name}.bodies.mjs`, import.meta.url).href)
  const worker = start({ duty: 'bodies', urls })
  const ended = once(worker, 'exit')
  const [result] = await once(worker, 'message')
  t.deepEqual(result, { failures: [], isCurrent: false })
  // Its partners' loops are idle, and it has closed none of them.
  t.deepEqual(await ended, [0])
})

for (const duty of ['block', 'await']) {
  test(`S9: a worker that ${duty}s for ever ends when it is terminated`, async t => {
    const worker = start({ duty })
    const [message] = await once(worker, 'message')
    t.is(message, `about to ${duty}`)
    t.is(await worker.terminate(), 1)
  })
}

test('a worker that awaits lives on, though nothing else keeps it', async t => {
  const worker = start({ duty: 'await' })
  await once(worker, 'message')
  const isGone = once(worker, 'exit').then(() => 'gone')
  // Far longer than an idle one takes to end.
  const rests = new Promise(resolve => setTimeout(resolve, 100, 'there'))
  t.is(await Promise.race([isGone, rests]), 'there')
  await worker.terminate()
})

test('a worker that is idle ends by itself, and its runner with it', async t => {
  const worker = start({ duty: 'idle' })
  const [[message], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
  t.deepEqual([message, code], ['idle', 0])
})
