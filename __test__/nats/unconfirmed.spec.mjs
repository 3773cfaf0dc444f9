// Puts that end while the server's answer is on its way: what is known of them is told, and nothing is left to luck.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import { AsyncRunner, EventLoopTimeoutError, RunnerClosedError, taskModule, UnconfirmedError } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { doors } from '../support/doors.mjs'
import { NatsServer, withServer } from '../support/nats-server.mjs'

const served = withServer(test)
const LONG = { timeout: 30_000 }
const way = taskModule(new URL('../support/held-answers.mjs', import.meta.url))
/** Stands in what the client sends of an item. */
const ITEM = 'an item of its own'
const server = NatsServer.shared(test)

/** A queue with one item, and the loop on which the answers to its link can be held. */
async function held(t, maxsize) {
  const answers = new AsyncRunner()
  const port = answers.run(way.open, [Number(new URL(server.url).port)])
  const link = new NatsLink({ servers: `nats://127.0.0.1:${port}` })
  t.teardown(() => {
    answers.run(way.release)
    link.close()
    answers.close()
  })
  const queue = link.queue(randomUUID(), { maxsize })
  await queue.put('first', LONG)
  return { answers, link, queue }
}

/** Resolves with a put that has not ended: its item has gone out, and its answer is held. */
async function sent({ answers, queue }, options) {
  answers.run(way.hold)
  const put = queue.put(ITEM, options)
  put.catch(() => {})
  await Promise.race([put, answers.createTask(way.untilSent, [ITEM]).result()])
  return { put }
}

served('a put into a full queue that is aborted while it is asked again ends with the reason', async t => {
  const full = await held(t, 1)
  const controller = new AbortController()
  const { put } = await sent(full, { signal: controller.signal })
  controller.abort(new Error('enough'))
  const releasing = full.answers.createTask(way.releaseAfter, [ITEM, 100])
  await t.throwsAsync(put, { message: 'enough' })
  await releasing.result()
  t.is(await full.queue.qsize(LONG), 1)
})

served('a put that is aborted while the answer on its way says that it is stored has succeeded', async t => {
  const roomy = await held(t, 2)
  const controller = new AbortController()
  const { put } = await sent(roomy, { signal: controller.signal })
  controller.abort(new Error('enough'))
  const releasing = roomy.answers.createTask(way.releaseAfter, [ITEM, 100])
  await put
  await releasing.result()
  t.is(await roomy.queue.qsize(LONG), 2)
})

for (const [name, door] of Object.entries(doors)) {
  served(`${name}: a put into a full queue that times out while it is asked again says so`, async t => {
    const { answers, queue } = await held(t, 1)
    answers.run(way.hold)
    const releasing = answers.createTask(way.releaseAfter, [ITEM, 200])
    await t.throwsAsync(async () => door.put(queue, ITEM, { timeout: 100 }), { instanceOf: EventLoopTimeoutError })
    await releasing.result()
    t.is(await queue.qsize(LONG), 1)
  })
}

served('a put that is given up, and whose answer does not come, says that it is not known', async t => {
  const silent = await held(t, 2)
  const controller = new AbortController()
  const { put } = await sent(silent, { signal: controller.signal, id: 'its-id' })
  controller.abort(new Error('enough'))
  const error = await t.throwsAsync(put, { instanceOf: UnconfirmedError })
  t.like(error, { id: 'its-id', cause: { message: 'enough' } })
  silent.answers.run(way.release)
  await silent.queue.put(ITEM, { id: error.id, ...LONG })
  t.is(await silent.queue.qsize(LONG), 2)
})

served('a put that is given up, and whose connection ends, says so at once', async t => {
  const broken = await held(t, 2)
  const controller = new AbortController()
  const { put } = await sent(broken, { signal: controller.signal })
  controller.abort(new Error('enough'))
  broken.answers.run(way.cut)
  await t.throwsAsync(put, { instanceOf: UnconfirmedError })
  t.is(await broken.queue.qsize(LONG), 2)
})

served('a link that closes waits for the answers to its puts, and asks no full queue again', async t => {
  const full = await held(t, 1)
  const { put } = await sent(full)
  const closing = full.link.closeAsync()
  full.answers.run(way.release)
  await t.throwsAsync(put, { instanceOf: RunnerClosedError })
  await closing
  t.is(full.answers.run(way.timesSent, [ITEM]), 1)
})

served('puts into a full queue, aborted at any moment of their way, end with the reason', async t => {
  const { queue } = await held(t, 1)
  for (let round = 0; round < 300; round++) {
    const controller = new AbortController()
    const put = queue.put(ITEM, { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 3 + (round % 12))
    await t.throwsAsync(put, { message: 'enough' })
  }
  t.is(await queue.qsize(LONG), 1)
})
