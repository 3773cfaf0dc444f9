// Queues and tasks over NATS beside the plain client for NATS, which awaits: `node benchmark/nats.mjs`, where there is a server.
//
// What is compared is measured in turn, round by round, against one server on this machine. The figures are microseconds
// for each item, the median of all rounds. It writes nothing.

import { randomUUID } from 'node:crypto'
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { NatsLink } from 'threaded-async/nats'
import { missing, NatsServer } from '../__test__/support/nats-server.mjs'
import { quantile } from './measure.mjs'

const [rounds = 5, size = 1] = process.argv.slice(2).map(Number)
const few = Math.ceil(400 * size)
const many = Math.ceil(2000 * size)
const ITEM = Buffer.alloc(100, 'x')
const AT_ONCE = 256

if (missing !== undefined) {
  console.log(missing)
  process.exit()
}
const server = await NatsServer.start()
const link = new NatsLink({ servers: server.url })
const client = await connect({ servers: server.url })
const stream = jetstream(client)
const figures = new Map()

async function row(name, count, work) {
  const start = performance.now()
  await work(count)
  const each = ((performance.now() - start) / count) * 1000
  if (!figures.has(name)) figures.set(name, [])
  figures.get(name).push(each)
}

/** Does so many things, of which some are begun before the first has ended. */
async function pipelined(count, work) {
  let left = count
  const one = async () => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: 100 }, one))
}

const queue = link.queue(randomUUID())
queue.qsizeWait()
const subject = `threaded-async.queue.${queue.name}`
const consumer = await stream.consumers.get(queue.name, 'work')
const publish = () => stream.publish(subject, ITEM, { msgID: randomUUID() })

async function queues() {
  await row('put, one at a time: plain', few, async count => {
    for (let i = 0; i < count; i++) await publish()
  })
  await row('put, one at a time: put', few, async count => {
    for (let i = 0; i < count; i++) await queue.put(ITEM)
  })
  await row('put, one at a time: putWait', few, count => {
    for (let i = 0; i < count; i++) queue.putWait(ITEM)
  })
  await row('get, one at a time: plain', few, async count => {
    for (let i = 0; i < count; i++) (await consumer.next({ expires: 1000 })).ack()
  })
  await row('get, one at a time: get', few, async count => {
    for (let i = 0; i < count; i++) (await queue.get()).ack()
  })
  await row('get, one at a time: getWait', few, count => {
    for (let i = 0; i < count; i++) queue.getWait().ack()
  })
  await row('put, 100 at a time: plain', many, count => pipelined(count, publish))
  // Exactly what there is: what this client has ready when it ends, it hands back after half a minute.
  await row('get, 256 ready: plain', many, async count => {
    const messages = await consumer.consume({ max_messages: AT_ONCE })
    for await (const message of messages) {
      message.ack()
      if (--count === 0) break
    }
    await messages.close()
  })
  await row('put, 100 at a time: put', many, count => pipelined(count, () => queue.put(ITEM)))
  const ready = link.queue(queue.name, { prefetch: AT_ONCE })
  ready.qsizeWait()
  await row('get, 256 ready: getWait', many, count => {
    for (let i = 0; i < count; i++) ready.getWait().ack()
  })
  ready.shutdown()
}

const host = new NatsLink({ servers: server.url })
host.work('bench', new URL('../__test__/nats/host-tasks.mjs', import.meta.url), { concurrency: 200 })
const tasks = link.tasks('bench')
tasks.run('nothing')
const replier = await connect({ servers: server.url })
replier.subscribe('bench.plain', { callback: (_, message) => message.respond(message.data) })
const request = () => client.request('bench.plain', ITEM)

async function requests() {
  await row('task, one at a time: plain request', few, async count => {
    for (let i = 0; i < count; i++) await request()
  })
  await row('task, one at a time: run', few, count => {
    for (let i = 0; i < count; i++) tasks.run('same', [ITEM])
  })
  await row('task, 100 at a time: plain request', many, count => pipelined(count, request))
  await row('task, 100 at a time: submit', many, count => pipelined(count, () => tasks.submit('same', [ITEM]).result()))
}

try {
  for (let round = 0; round <= rounds; round++) {
    if (round === 1) figures.clear() // The first was to warm up.
    await queues()
    await requests()
  }
} catch (error) {
  await server.end()
  throw error
}
const plain = new Map()
for (const [name, each] of figures) {
  const median = quantile(each, 0.5)
  const [what, whose] = name.split(': ')
  const isPlain = whose.startsWith('plain')
  if (isPlain) plain.set(what, median)
  const ratio = isPlain ? '' : `${(median / plain.get(what)).toFixed(2)} ×`
  console.log(`${name.padEnd(38)} ${median.toFixed(1).padStart(8)} µs ${ratio.padStart(8)}`)
}
link.close()
host.close()
await Promise.all([client.close(), replier.close()])
await server.end()
process.exit()
