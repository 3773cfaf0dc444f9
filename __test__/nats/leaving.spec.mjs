// What becomes of deliveries when those who have asked for them leave, at whatever moment; with a real server.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import { QueueShutDown } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { missing, NatsServer, withServer } from '../support/nats-server.mjs'

const served = withServer(test)
const LONG = { timeout: 60_000 }
/** What is put aside until then comes too late for all of these. */
const ackWait = 600_000
let server

test.before(async () => {
  if (missing === undefined) server = await NatsServer.start()
})

test.after.always(() => server?.end())

function linkOf(t) {
  const link = new NatsLink({ servers: server.url })
  t.teardown(() => link.closeAsync())
  return link
}

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
  const [link, other] = [linkOf(t), linkOf(t)]
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
    const [link, other] = [linkOf(t), linkOf(t)]
    await link.queue(randomUUID()).qsize(LONG)
    for (let round = 0; round < 10; round++) {
      const name = randomUUID()
      const owner = other.queue(name, { ackWait })
      await owner.put(0)
      const queue = link.queue(name, { prefetch })
      const waits = [queue.get(LONG), queue.put(1, LONG), queue.get(LONG)]
      for (let turn = 0; turn < round; turn++) await new Promise(resolve => setImmediate(resolve))
      queue.shutdown()
      const [get, put] = await Promise.allSettled(waits)
      if (get.status === 'rejected') t.true(get.reason instanceof QueueShutDown)
      else get.value.nak()
      await owner.put(2)
      const expected = put.status === 'fulfilled' ? [0, 1, 2] : [0, 2]
      t.deepEqual(await taken(owner, expected.length), expected)
    }
  })
}
