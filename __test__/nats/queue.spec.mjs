// Queues over NATS: both doors, what is refused, and what becomes of a delivery; with a real server.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import {
  AsyncRunner,
  Event,
  EventLoopTimeoutError,
  Queue,
  QueueShutDown,
  RunnerClosedError,
  UncloneableError,
} from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { NatsServer, withServer } from '../support/nats-server.mjs'
import { until } from '../support/partner.mjs'
import { ends } from '../support/program.mjs'

const served = withServer(test)
const LONG = 30_000
const server = NatsServer.shared(test)

/** A link and a queue of a name of its own; the link is closed when the test has ended. */
function linked(t, options, name = randomUUID()) {
  const link = server.link(t)
  return { link, name, queue: link.queue(name, options) }
}

const doors = {
  blocking: {
    put: (queue, item, options) => queue.putWait(item, { timeout: LONG, ...options }),
    get: (queue, options) => queue.getWait({ timeout: LONG, ...options }),
    qsize: queue => queue.qsizeWait({ timeout: LONG }),
    statistics: queue => queue.statisticsWait({ timeout: LONG }),
    items: queue => queue.iterateWait({ timeout: LONG }),
  },
  awaiting: {
    put: (queue, item, options) => queue.put(item, { timeout: LONG, ...options }),
    get: (queue, options) => queue.get({ timeout: LONG, ...options }),
    qsize: queue => queue.qsize({ timeout: LONG }),
    statistics: queue => queue.statistics({ timeout: LONG }),
    items: queue => queue,
  },
}

for (const [name, door] of Object.entries(doors)) {
  served(`${name}: what is put arrives as it is among threads, in order, with its id`, async t => {
    const { queue } = linked(t)
    const item = { a: [1, 'ü'], map: new Map([[1, new Date(5)]]), error: new RangeError('no'), self: undefined }
    item.self = item
    await door.put(queue, item, { id: 'first' })
    await door.put(queue, undefined)
    const delivery = await door.get(queue)
    t.deepEqual(delivery.value, item)
    t.is(delivery.value, delivery.value)
    const { id, deliveries, sequence, redelivered } = delivery
    t.deepEqual(
      { id, deliveries, sequence, redelivered },
      { id: 'first', deliveries: 1, sequence: 1, redelivered: false },
    )
    delivery.ack()
    const { value, ack } = await door.get(queue)
    t.is(value, undefined)
    ack()
  })

  served(
    `${name}: what was put under an id that was there is not stored again, also after it was consumed`,
    async t => {
      const { queue } = linked(t)
      for (let i = 0; i < 2; i++) await door.put(queue, i, { id: 'same' })
      t.is(await door.qsize(queue), 1)
      ;(await door.get(queue)).ack()
      await door.put(queue, 2, { id: 'same' })
      await t.throwsAsync(async () => door.get(queue, { timeout: 50 }), { instanceOf: EventLoopTimeoutError })
    },
  )

  served(`${name}: a get that timed out has taken nothing`, async t => {
    const { queue } = linked(t)
    const error = await t.throwsAsync(async () => door.get(queue, { timeout: 30 }))
    t.is(error.code, 'ERR_EVENT_LOOP_TIMEOUT')
    t.regex(error.message, /^get(Wait)? on queue '.*' timed out after 30 ms\.$/)
    await door.put(queue, 'late')
    t.is((await door.get(queue)).value, 'late')
  })

  served(`${name}: an item that is handed back comes again, and one that is ended does not`, async t => {
    const { queue } = linked(t)
    await door.put(queue, 'a')
    ;(await door.get(queue)).nak()
    const again = await door.get(queue)
    t.deepEqual([again.value, again.deliveries, again.redelivered], ['a', 2, true])
    again.nak({ delay: 20 })
    const third = await door.get(queue)
    t.is(third.deliveries, 3)
    third.term()
    await t.throwsAsync(async () => door.get(queue, { timeout: 100 }), { instanceOf: EventLoopTimeoutError })
    t.is(await door.qsize(queue), 0)
  })

  served(
    `${name}: an item that nobody settles comes again after ackWait, unless it is told to be worked on`,
    async t => {
      const { queue } = linked(t, { ackWait: 4000 })
      await door.put(queue, 'a')
      const first = await door.get(queue)
      for (let i = 0; i < 12; i++) {
        first.working()
        await t.throwsAsync(async () => door.get(queue, { timeout: 400 }), { instanceOf: EventLoopTimeoutError })
      }
      const second = await door.get(queue)
      t.is(second.deliveries, 2)
      second.ack()
    },
  )

  served(`${name}: after maxDeliver deliveries the server keeps the item and delivers it no more`, async t => {
    const { queue } = linked(t, { maxDeliver: 2 })
    await door.put(queue, 'a')
    for (let i = 1; i <= 2; i++) {
      const delivery = await door.get(queue)
      t.is(delivery.deliveries, i)
      delivery.nak()
    }
    await t.throwsAsync(async () => door.get(queue, { timeout: 100 }), { instanceOf: EventLoopTimeoutError })
    t.is(await door.qsize(queue), 1)
  })

  served(`${name}: a put into a full queue waits for room, and one that times out meanwhile is not stored`, async t => {
    const { queue, name, link } = linked(t, { maxsize: 2 })
    for (let i = 0; i < 2; i++) await door.put(queue, i)
    await t.throwsAsync(async () => door.put(queue, 'no', { timeout: 50 }), { instanceOf: EventLoopTimeoutError })
    t.is(await door.qsize(queue), 2)
    const other = link.queue(name)
    const room = other.get().then(delivery => delivery.ack())
    const put = queue.put(2)
    await Promise.all([room, put])
    const values = []
    for (let i = 0; i < 2; i++) {
      const { value, ack } = await door.get(queue)
      values.push(value)
      ack()
    }
    t.deepEqual(values, [1, 2])
  })

  served(`${name}: iterating keeps some ready, hands them back at its end, and ends with shutdown`, async t => {
    const { queue, link, name } = linked(t)
    for (let i = 0; i < 40; i++) await queue.put(i)
    let count = 0
    for await (const { value, ack } of door.items(queue)) {
      t.is(value, count)
      ack()
      if (++count === 5) break
    }
    // What was kept ready comes at once, not after ackWait.
    const other = link.queue(name)
    const values = new Set()
    while (values.size < 35) {
      const { value, ack } = await door.get(other)
      values.add(value)
      ack()
    }
    t.is(Math.min(...values), 5)
    queue.shutdown()
    for await (const _ of door.items(queue)) t.fail()
    await t.throwsAsync(async () => door.get(queue), { instanceOf: QueueShutDown })
    await t.throwsAsync(async () => door.put(queue, 1), { instanceOf: QueueShutDown })
    t.true(queue.isShutdown)
    t.false(other.isShutdown)
  })

  served(`${name}: statistics tell what is stored and what is worked on`, async t => {
    const { queue } = linked(t)
    for (let i = 0; i < 3; i++) await door.put(queue, i)
    const delivery = await door.get(queue)
    const { size, working, bytes, redelivered } = await door.statistics(queue)
    t.deepEqual({ size, working, redelivered }, { size: 3, working: 1, redelivered: 0 })
    t.true(bytes > 0)
    delivery.ack()
  })

  served(
    `${name}: what means something in this process only is refused by its path, and nothing is stored`,
    async t => {
      const { queue } = linked(t)
      const refused = [
        [() => {}, 'item'],
        [{ queues: [new Queue()] }, 'item.queues[0]'],
        [{ stop: new Event() }, 'item.stop'],
        [[new SharedArrayBuffer(8)], 'item[0]'],
        [{ view: new Uint8Array(new SharedArrayBuffer(8)) }, 'item.view'],
      ]
      for (const [item, path] of refused) {
        const error = await t.throwsAsync(async () => door.put(queue, item), { instanceOf: UncloneableError })
        t.true(error.path.startsWith(path), error.path)
      }
      const large = await t.throwsAsync(async () => door.put(queue, Buffer.alloc(2 ** 20)), {
        code: 'ERR_NATS_PAYLOAD',
      })
      t.regex(large.message, /max_payload: 1048576/)
      t.is(await door.qsize(queue), 0)
      await door.put(queue, Buffer.alloc(2 ** 20 - 1024))
      t.is((await door.get(queue)).value.length, 2 ** 20 - 1024)
    },
  )

  served(`${name}: a queue that was made otherwise is refused by name`, async t => {
    const { queue, name, link } = linked(t, { maxsize: 3, ackWait: 1000 })
    await door.put(queue, 1)
    const error = await t.throwsAsync(async () => door.put(link.queue(name, { maxsize: 4 }), 1))
    t.is(error.code, 'ERR_NATS_CONFIGURATION')
    t.regex(error.message, /was made with maxsize 3, and is asked for with 4/)
    await t.throwsAsync(async () => door.get(link.queue(name, { ackWait: 999 })), { code: 'ERR_NATS_CONFIGURATION' })
    t.is((await door.get(link.queue(name))).value, 1)
  })

  served(`${name}: after close everything ends with RunnerClosedError`, async t => {
    const { queue, link } = linked(t)
    await door.put(queue, 1)
    const delivery = await door.get(queue)
    link.close()
    link.close()
    const closed = { instanceOf: RunnerClosedError }
    await t.throwsAsync(async () => door.get(queue), closed)
    await t.throwsAsync(async () => door.put(queue, 1), closed)
    await t.throwsAsync(async () => door.qsize(queue), closed)
    t.throws(() => delivery.ack(), closed)
    t.throws(() => link.queue('other'), closed)
    t.true(queue.isShutdown)
  })
}

served(
  'a get and a put that wait when the link closes end with RunnerClosedError, and what is ready is handed back',
  async t => {
    const { queue, link, name } = linked(t, { maxsize: 2, prefetch: 8 })
    const idle = link.queue(randomUUID())
    await queue.put(0)
    await queue.put(1)
    const waits = [idle.get(), queue.put(2)]
    t.is((await queue.get()).value, 0)
    await link.closeAsync()
    for (const wait of waits) await t.throwsAsync(wait, { instanceOf: RunnerClosedError })
    const other = linked(t, {}, name).queue
    t.is((await other.get({ timeout: LONG })).value, 1)
  },
)

served('what a queue that is shut down has asked for delays and doubles nothing', async t => {
  const { queue, link, name } = linked(t, { ackWait: 600_000 })
  const many = (count, from) => Promise.all(Array.from({ length: count }, (_, i) => queue.put(from + i)))
  for (let round = 0; round < 30; round++) {
    const seen = []
    const take = async (own, count) => {
      for (let i = 0; i < count; i++) {
        const { value, ack } = await own.get({ timeout: LONG })
        seen.push(value)
        ack()
      }
    }
    await many(300, 0)
    const ready = link.queue(name, { prefetch: 256 })
    await take(ready, 200)
    // All the rest has arrived: what a server (2.9) has on its way to one that leaves, it may itself put aside until `ackWait`.
    await until(async () => (await queue.statistics()).working === 100)
    ready.shutdown()
    const plain = link.queue(name)
    await take(plain, 100)
    plain.shutdown()
    t.deepEqual(
      seen.sort((a, b) => a - b),
      Array.from({ length: 300 }, (_, i) => i),
    )
  }
})

served('a get that has given up delays no item that is handed back, and doubles none', async t => {
  const { queue, name } = linked(t, { ackWait: 600_000 })
  await queue.qsize()
  const other = linked(t, {}, name).queue
  for (let round = 0; round < 100; round++) {
    await queue.put('before')
    ;(await queue.get({ timeout: LONG })).ack()
    await queue.put(round)
    const delivery = await queue.get({ timeout: LONG })
    await t.throwsAsync(other.get({ timeout: 2 }), { instanceOf: EventLoopTimeoutError })
    delivery.nak()
    const again = await queue.get({ timeout: LONG })
    t.is(again.value, round)
    again.ack()
  }
})

served('an abort ends a get and a put that wait, with its reason, and nothing is taken or stored', async t => {
  const { queue } = linked(t, { maxsize: 1 })
  const get = new AbortController()
  const waiting = queue.get({ signal: get.signal })
  await queue.qsize()
  get.abort(new Error('enough'))
  await t.throwsAsync(waiting, { message: 'enough' })
  await queue.put('a')
  const put = new AbortController()
  const full = queue.put('b', { signal: put.signal })
  await queue.qsize()
  put.abort(new Error('too full'))
  await t.throwsAsync(full, { message: 'too full' })
  await t.throwsAsync(queue.put('c', { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' })
  t.is(await queue.qsize(), 1)
  t.is((await queue.get({ timeout: LONG })).value, 'a')
})

served('a delivery is settled once', async t => {
  const { queue } = linked(t)
  await queue.put(1)
  const delivery = await queue.get()
  t.throws(() => delivery.nak({ dely: 1 }), { code: 'ERR_INVALID_ARG_VALUE', message: /did you mean 'delay'/ })
  delivery.ack()
  for (const method of ['ack', 'nak', 'term', 'working'])
    t.throws(() => delivery[method](), { code: 'ERR_INVALID_STATE' })
})

served('slow consumers hold fast producers back: there is never more stored than maxsize', async t => {
  const { queue, name } = linked(t, { maxsize: 4 })
  await queue.qsize()
  const total = 120
  const seen = []
  const sizes = []
  const produce = async first => {
    const own = linked(t, {}, name).queue
    for (let i = first; i < total; i += 2) await own.put(i)
  }
  const consume = async () => {
    const own = linked(t, {}, name).queue
    while (seen.length < total) {
      try {
        const { value, ack } = await own.get({ timeout: 200 })
        sizes.push(await own.qsize())
        seen.push(value)
        ack()
      } catch (error) {
        if (!(error instanceof EventLoopTimeoutError)) throw error
      }
    }
  }
  await Promise.all([produce(0), produce(1), consume(), consume()])
  t.true(Math.max(...sizes) <= 4)
  t.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: total }, (_, i) => i),
  )
})

served('links, queues and deliveries stay on their thread: they are refused by name', async t => {
  const { queue, link } = linked(t)
  await queue.put(1)
  const delivery = await queue.get({ timeout: LONG })
  const between = new Queue()
  const runner = new AsyncRunner()
  t.teardown(() => runner.close())
  const refused = [
    [link, /it is a NatsLink/],
    [queue, /it is a NatsQueue/],
    [delivery, /it is a Delivery/],
  ]
  for (const [object, message] of refused) {
    t.throws(() => between.putNowait({ object }), { instanceOf: UncloneableError, message })
    t.throws(() => runner.run(() => {}, [object]), { instanceOf: UncloneableError, message })
    await t.throwsAsync(queue.put([object]), { instanceOf: UncloneableError, message })
  }
  t.is(between.qsize(), 0)
  delivery.ack()
})

served('many consumers share the items of many producers, each item once', async t => {
  const { queue, name } = linked(t)
  const total = 600
  const seen = []
  const consumers = Array.from({ length: 3 }, async (_, i) => {
    const own = linked(t, i === 0 ? { prefetch: 32 } : {}, name).queue
    while (seen.length < total) {
      try {
        const { value, ack } = await own.get({ timeout: 200 })
        seen.push(value)
        ack()
      } catch (error) {
        if (!(error instanceof EventLoopTimeoutError)) throw error
      }
    }
    own.shutdown()
  })
  await Promise.all(Array.from({ length: total }, (_, i) => queue.put(i)))
  await Promise.all(consumers)
  t.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: total }, (_, i) => i),
  )
})

served('an item of another program, or of another version, is told of by name and stays in the hand', async t => {
  const { queue, name } = linked(t)
  await queue.qsize()
  const { connect } = await import('@nats-io/transport-node')
  const { jetstream } = await import('@nats-io/jetstream')
  const client = await connect({ servers: server.url })
  t.teardown(() => client.close())
  const stream = jetstream(client)
  await stream.publish(`threaded-async.queue.${name}`, 'plain text')
  await stream.publish(`threaded-async.queue.${name}`, Uint8Array.of(0x74, 0x61, 0x71, 99, 0))
  await stream.publish(`threaded-async.queue.${name}`, Uint8Array.of(0x74, 0x61, 0x71, 1, 0, 0, 0, 0, 0xff))
  const plain = await queue.get({ timeout: LONG })
  t.throws(() => plain.value, { code: 'ERR_NATS_VERSION', message: /not written by this package/ })
  plain.term()
  const other = await queue.get({ timeout: LONG })
  t.throws(() => other.value, { code: 'ERR_NATS_VERSION', message: /format 99; this one reads format 1/ })
  other.nak()
  // Which of the two comes first is the server's business.
  const both = [await queue.get({ timeout: LONG }), await queue.get({ timeout: LONG })]
  const [damaged, again] = both.sort((a, b) => a.deliveries - b.deliveries)
  t.is(again.deliveries, 2)
  t.throws(() => damaged.value, { code: 'ERR_NATS_VERSION', message: /its bytes cannot be read/ })
})

served('a wrong password is the error of the call that connects, and a right one connects', async t => {
  const guarded = await NatsServer.start('authorization { user: "ada", password: "secret" }')
  t.teardown(() => guarded.end())
  const link = new NatsLink({ servers: guarded.url, user: 'ada', pass: 'guess' })
  t.teardown(() => link.close())
  for (let i = 0; i < 2; i++) {
    const error = t.throws(() => link.queue('jobs').putWait(1, { timeout: LONG }))
    t.is(error.code, 'ERR_NATS_REFUSED')
    t.regex(error.message, /authorization/i)
    t.false(/guess/.test(`${error.stack}${JSON.stringify(error)}`))
  }
  const right = new NatsLink({ servers: guarded.url, user: 'ada', pass: 'secret' })
  t.teardown(() => right.close())
  right.queue('jobs').putWait(1, { timeout: LONG })
  t.is(right.queue('jobs').qsizeWait({ timeout: LONG }), 1)
})

const leavings = {
  'return()': turns => turns.return(),
  'throw()': turns => turns.throw(new Error('enough')).catch(() => {}),
}

for (const [way, leave] of Object.entries(leavings)) {
  served(`an iteration that ${way} leaves while it waits ends at once, and takes nothing more`, async t => {
    const { queue } = linked(t)
    for (let round = 0; round < 3; round++) {
      const turns = queue[Symbol.asyncIterator]() // In the first round there is no connection yet.
      const nexts = [turns.next(), turns.next()]
      await leave(turns)
      for (const next of nexts) t.deepEqual(await next, { value: undefined, done: true })
      t.true((await turns.next()).done)
      await queue.put(round, { timeout: LONG })
      const { value, ack } = await queue.get({ timeout: LONG })
      t.is(value, round)
      ack()
    }
  })
}

served('an iteration that is left while it waits keeps no process alive', async t => {
  const program = `
    import { Readable } from 'node:stream'
    import { NatsLink } from 'threaded-async/nats'
    const queue = new NatsLink({ servers: '${server.url}' }).queue('${randomUUID()}')
    await queue.qsize()
    const stream = Readable.from(queue)
    stream.once('close', () => console.log('pass'))
    stream.read()
    stream.destroy()`
  await ends(t, ['--input-type=module', '-e', program], { deadline: 60_000 })
})

served('what a signal throws that cannot be listened to is the error of the call', async t => {
  const { queue, link } = linked(t)
  const unlike = () => {
    throw new RangeError('not heard')
  }
  const options = { signal: { aborted: false, addEventListener: unlike, removeEventListener() {} } }
  for (const when of ['while it connects', 'later']) {
    for (const call of [() => queue.get(options), () => link.client('arena', options)]) {
      await t.throwsAsync(call, { instanceOf: RangeError, message: 'not heard' }, when)
    }
    t.is(await queue.qsize({ timeout: LONG }), 0)
  }
  // Only a put that waits listens.
  const full = link.queue(randomUUID(), { maxsize: 1 })
  await full.put(1, { timeout: LONG })
  await t.throwsAsync(full.put(2, options), { instanceOf: RangeError, message: 'not heard' })
  t.is(await full.qsize({ timeout: LONG }), 1)
  const reason = new Error('enough')
  const aborted = { signal: { ...options.signal, aborted: true, reason } }
  t.is(await t.throwsAsync(queue.get(aborted)), reason)
})

test('options are checked by name before anything begins', t => {
  const wrong = [
    [{}, 'ERR_INVALID_ARG_TYPE'],
    [{ servers: [] }, 'ERR_INVALID_ARG_VALUE'],
    [{ servers: '' }, 'ERR_INVALID_ARG_VALUE'],
    [{ servers: ['nats://x', ''] }, 'ERR_INVALID_ARG_VALUE'],
    [{ servers: ['nats://x', 1] }, 'ERR_INVALID_ARG_TYPE'],
    [{ servers: 'nats://x', pass: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ servers: 'nats://x', tls: true }, 'ERR_INVALID_ARG_TYPE'],
    [{ server: 'nats://x' }, 'ERR_INVALID_ARG_VALUE'],
  ]
  for (const [options, code] of wrong) t.throws(() => new NatsLink(options), { code })
  const link = new NatsLink({ servers: 'nats://127.0.0.1:9' })
  t.teardown(() => link.close())
  const queues = [
    [['a b'], 'ERR_INVALID_ARG_VALUE'],
    [[1], 'ERR_INVALID_ARG_TYPE'],
    [['a', { maxsize: -1 }], 'ERR_OUT_OF_RANGE'],
    [['a', { ackWait: 1 }], 'ERR_OUT_OF_RANGE'],
    [['a', { maxDeliver: 0 }], 'ERR_OUT_OF_RANGE'],
    [['a', { replicas: 6 }], 'ERR_OUT_OF_RANGE'],
    [['a', { prefetch: '1' }], 'ERR_INVALID_ARG_TYPE'],
    [['a', { maxSize: 1 }], 'ERR_INVALID_ARG_VALUE'],
  ]
  for (const [args, code] of queues) t.throws(() => link.queue(...args), { code })
  const queue = link.queue('a')
  t.throws(() => queue.putWait(1, { id: 'a b' }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => queue.putWait(1, { signal: new AbortController().signal }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => queue.getWait({ timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
})

test('where no server answers, calls wait for their own timeout, and close ends them', async t => {
  const link = new NatsLink({ servers: 'nats://127.0.0.1:9' })
  const queue = link.queue('a')
  t.throws(() => queue.putWait(1, { timeout: 30 }), {
    instanceOf: EventLoopTimeoutError,
    message: /^putWait on queue 'a' timed/,
  })
  t.throws(() => queue.getWait({ timeout: 30 }), { instanceOf: EventLoopTimeoutError })
  const get = queue.get()
  await link.closeAsync()
  await t.throwsAsync(get, { instanceOf: RunnerClosedError })
})
