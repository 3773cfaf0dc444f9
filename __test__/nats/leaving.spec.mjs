// What becomes of deliveries when those who have asked for them leave, at whatever moment; with a real server.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import { QueueShutDown } from 'threaded-async'
import { NatsServer, withServer } from '../support/nats-server.mjs'

const served = withServer(test)
const LONG = { timeout: 60_000 }
/** What is put aside until then comes too late for all of these. */
const ackWait = 600_000
const server = NatsServer.shared(test)

async function taken(queue, count) {
  const values = []
  while (values.length < count) {
    const { value, ack } = await queue.get(LONG)
    values.push(value)
    ack()
  }
  return values.sort((a, b) => a - b)
}

served('an iteration that ends while more is asked for than there is delays and doubles nothing', async t => {
  const [link, other] = [server.link(t), server.link(t)]
  for (let round = 0; round < 20; round++) {
    const name = randomUUID()
    const queue = link.queue(name, { ackWait })
    for (let i = 0; i < 10; i++) await queue.put(i)
    let count = 0
    for await (const { ack } of queue) {
      ack()
      if (++count === 5) break
    }
    t.deepEqual(await taken(other.queue(name), 5), [5, 6, 7, 8, 9])
  }
})

for (const prefetch of [0, 8]) {
  served(`prefetch ${prefetch}: a queue that is shut down while it is being declared takes nothing`, async t => {
    const [link, other] = [server.link(t), server.link(t)]
    await link.queue(randomUUID()).qsize(LONG)
    for (let round = 0; round < 10; round++) {
      const name = randomUUID()
      const owner = other.queue(name, { ackWait })
      await owner.put(0)
      const queue = link.queue(name, { prefetch })
      const waits = [queue.get(LONG), queue.put(1, LONG), queue.get(LONG)]
      for (let turn = 0; turn < round; turn++) await new Promise(resolve => setImmediate(resolve))
      queue.shutdown()
      const [get, put, again] = await Promise.allSettled(waits)
      for (const each of [get, again]) {
        if (each.status === 'rejected') t.true(each.reason instanceof QueueShutDown)
        else each.value.nak()
      }
      await owner.put(2)
      const expected = put.status === 'fulfilled' ? [0, 1, 2] : [0, 2]
      t.deepEqual(await taken(owner, expected.length), expected)
    }
  })
}

served('a queue that is shut down while its link connects asks for nothing, then or after a reconnect', async t => {
  const own = await NatsServer.start()
  t.teardown(() => own.end())
  const owner = own.link(t)
  const name = randomUUID()
  await owner.queue(name, { ackWait }).put(0)
  await own.kill()
  const link = own.link(t)
  const queue = link.queue(name, { prefetch: 8 })
  const get = queue.get(LONG)
  queue.shutdown()
  await own.start()
  await t.throwsAsync(get, { instanceOf: QueueShutDown })
  await link.queue('other').qsize(LONG)
  await own.kill()
  await own.start()
  await link.queue('other').put(1, LONG)
  t.deepEqual(await taken(owner.queue(name), 1), [0])
  t.is(await link.queue('other').qsize(LONG), 1)
})

served('a queue that is shut down while its link closes, or whose iteration ends then, says nothing more', async t => {
  for (const ends of [queue => queue.shutdown(), (_, items) => items.return()]) {
    const link = server.link(t)
    const queue = link.queue(randomUUID(), { ackWait })
    await queue.put(0)
    const items = queue[Symbol.asyncIterator]()
    ;(await items.next()).value.ack()
    const closing = link.closeAsync()
    await t.notThrowsAsync(async () => ends(queue, items))
    await closing
  }
})
