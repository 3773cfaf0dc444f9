// Batches of whatever kind: what is in them crosses in packets of many items, and nobody can tell.
//
// Promises that items of all kinds arrive as they do one by one, whatever is put and taken in whatever number; that what an
// item or a list does while it is read has no effect on the others; and that an item keeps none of the others in memory.

import test from 'ava'
import fc from 'fast-check'
import { Event, LifoQueue, PriorityQueue, Queue } from 'threaded-async'
import { ends } from '../support/program.mjs'

const numbers = (count, from = 0) => Array.from({ length: count }, (_, index) => from + index)

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat(255).map(code => String.fromCharCode(code)), minLength: 9, maxLength: 40 }),
  fc.string({ unit: fc.nat(0xffff).map(code => String.fromCharCode(code)) }),
  fc.constantFrom('', '"', '\\', '\n', '["a","b"]', 'ÿ'.repeat(12), 'ÿ'.repeat(13), '\ud800', 'x'.repeat(3000)),
)
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, NaN, 2 ** 31, -(2 ** 31), 2 ** 53))
const plain = fc.constantFrom(undefined, null, true, false)
const object = fc.oneof(
  fc.object({ maxDepth: 2 }),
  fc.array(number),
  fc.constantFrom(
    Array(2).fill(1, 1),
    new Map([[1, { two: 2 }]]),
    new Date(3),
    { text: 'y'.repeat(4000) },
    Buffer.from('bytes'),
  ),
)
const item = fc.oneof(number, text, plain, object, fc.bigInt())

/** Lists of one kind, and of all kinds: as long as a packet holds, and longer. */
const list = fc.oneof(
  ...[number, text, object, item].map(kind => fc.array(kind, { maxLength: 40, size: 'max' })),
  fc.tuple(fc.nat(5000), item).map(([count, one]) => [...numbers(count), one, ...numbers(300, 0.5)]),
  fc.nat(1500).map(count => numbers(count).map(index => `a text with the number ${index}`)),
)

const step = fc.oneof(
  fc.record({ verb: fc.constant('putMany'), list }),
  fc.record({ verb: fc.constant('put'), item }),
  fc.record({ verb: fc.constant('getMany'), max: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(3000)) }),
  fc.record({ verb: fc.constantFrom('get', 'clear', 'peek') }),
)

/** The same steps with a queue and with a list. */
const steps = {
  putMany(queue, items, { list }) {
    queue.putManyWait(list)
    items.push(...list)
  },
  put(queue, items, { item }) {
    queue.putNowait(item)
    items.push(item)
  },
  getMany: (queue, items, { max }) => [queue.getManyWait(max), items.splice(0, max)],
  get: (queue, items) => [queue.getNowait(), items.shift()],
  clear: (queue, items) => [queue.clear(), items.splice(0)],
  peek: (queue, items) => [queue.peekNowait(), items[0]],
}

test('Q20: whatever is put and taken in whatever number, it is as if it were one by one', t => {
  const property = fc.property(fc.array(step, { maxLength: 30 }), list => {
    const queue = new Queue()
    const items = []
    for (const { verb, ...rest } of list) {
      if (items.length === 0 && !verb.startsWith('put') && verb !== 'clear') continue
      const [ours, expected] = steps[verb](queue, items, rest) ?? []
      t.deepEqual(ours, expected)
      if (queue.qsize() !== items.length) throw new Error(`${queue.qsize()} for ${items.length}`)
    }
    t.deepEqual(queue.clear(), items)
  })
  fc.assert(property, { numRuns: 300 })
})

const mixed = [1, 'two', { three: 3 }, 4.5, null, undefined, true, 'größe', '漢字', 6n, [7], '8', '9', '10', '11', '12']

test('Q20: a batch passes through a short queue, and leaves it item by item', async t => {
  const queue = new Queue({ maxsize: 5 })
  const put = queue.putMany([...mixed, ...mixed])
  const seen = []
  for await (const one of queue) if (seen.push(one) === mixed.length) break
  t.deepEqual(seen, mixed)
  const rest = []
  while (rest.length < mixed.length) rest.push(...(await queue.getMany(3)))
  t.deepEqual(rest, mixed)
  t.is(await put, 2 * mixed.length)
})

test('Q13: a batch in a queue of another order leaves it in that order', t => {
  const last = new LifoQueue()
  last.putManyWait(mixed)
  t.deepEqual(last.getManyWait(100), mixed.toReversed())
  const lowest = new PriorityQueue()
  lowest.putManyWait(mixed, { priority: 2 })
  lowest.putManyWait(['first'], { priority: 1 })
  t.deepEqual(lowest.getManyWait(100), ['first', ...mixed])
})

test('Q21: the items of a batch weigh what they weigh one by one', t => {
  const single = new Queue({ maxBytes: 1e6 })
  for (const one of mixed) single.putNowait(one)
  const many = new Queue({ maxBytes: 1e6 })
  many.putManyWait(mixed)
  const unbounded = new Queue()
  unbounded.putManyWait(mixed)
  t.is(many.statistics().bytes, single.statistics().bytes)
  t.is(unbounded.statistics().bytes, single.statistics().bytes)
  t.deepEqual(many.getManyWait(100), mixed)
})

test('Q12: what cannot cross is named by its place in the batch, wherever that is', t => {
  const queue = new Queue()
  for (const [bad, path] of [
    [() => {}, 'items[700]'],
    [Symbol('one'), 'items[700]'],
    [{ deep: [new WeakMap()] }, 'items[700].deep[0]'],
  ]) {
    const items = numbers(1000).map(index => (index % 3 === 0 ? { index } : index % 3 === 1 ? `${index}` : index))
    items[700] = bad
    const error = t.throws(() => queue.putManyWait(items), { code: 'ERR_UNCLONEABLE' })
    t.is(error.path, path)
    t.deepEqual([queue.qsize(), queue.statistics().unfinished], [0, 0])
  }
})

test('Q12: each element of a list is read once, in order, as are the getters in it', t => {
  const queue = new Queue()
  const read = []
  const items = [1, 2, 'three', 'four']
  for (const index of [0, 1, 3]) {
    const value = items[index]
    Object.defineProperty(items, index, { get: () => (read.push(index), value), enumerable: true })
  }
  items.push({
    get five() {
      read.push('five')
      items.length = 0
      return 5
    },
  })
  items.push(6)
  queue.putManyWait(items)
  t.deepEqual(read, [0, 1, 3, 'five'])
  t.deepEqual(queue.clear(), [1, 2, 'three', 'four', { five: 5 }, 6])
})

test('Q1: a getter in a batch may itself put and take batches', t => {
  const [outer, inner] = [new Queue(), new Queue()]
  const nesting = index => ({
    get index() {
      inner.putManyWait([index, `${index}`, { index }, 'x'.repeat(70_000)])
      return inner.getManyWait(3)
    },
  })
  const items = numbers(300).flatMap(index => [index, nesting(index), `text ${index}`])
  outer.putManyWait(items)
  const expected = numbers(300).flatMap(index => [index, { index: [index, `${index}`, { index }] }, `text ${index}`])
  const taken = outer.clear()
  t.deepEqual(taken.slice(0, 3), expected.slice(0, 3))
  t.is(taken.length, expected.length)
  t.is(inner.qsize(), 300 * 4 - 300 * 3)
})

test('handles and shared memory travel in batches', t => {
  const queue = new Queue()
  const event = new Event()
  const shared = new SharedArrayBuffer(8)
  const items = [1, event, 'two', { in: [event, shared] }, 3, shared, 'four']
  queue.putManyWait(items)
  const taken = queue.getManyWait(100)
  t.is(taken[1], event)
  t.is(taken[3].in[0], event)
  new Uint8Array(shared)[0] = 9
  t.deepEqual([new Uint8Array(taken[3].in[1])[0], new Uint8Array(taken[5])[0]], [9, 9])
})

test('items that are kept do not keep the batches they came in', async t => {
  await ends(t, ['--expose-gc', 'kept-items.mjs'])
})
