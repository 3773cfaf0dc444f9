// Shared memory: it arrives as the same memory on every thread, and is let go of when nobody holds it any more.

import test from 'ava'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import vm from 'node:vm'
import { MessagePort, Worker } from 'node:worker_threads'
import { AsyncRunner, Event, Future, Queue } from 'threaded-async'
import * as ours from '../../dist/internals.js'
import { cross, packed } from './wire-fixture.mjs'

test('shared memory arrives as the same memory', t => {
  const memory = new SharedArrayBuffer(16)
  const whole = new Int32Array(memory)
  const copy = cross({ memory, whole, part: new Uint8Array(memory, 4, 4), buffer: Buffer.from(memory, 8, 4) })
  t.is(copy.whole.buffer, copy.memory)
  whole[1] = 0x01020304
  t.deepEqual([...copy.part], [4, 3, 2, 1])
  whole[2] = 0x41
  t.true(Buffer.isBuffer(copy.buffer))
  t.is(copy.buffer[0], 0x41)
  t.is(copy.buffer.length, 4)
})

test('shared memory that grows, grows on both sides', t => {
  const memory = new SharedArrayBuffer(8, { maxByteLength: 16 })
  const { tracking, fixed } = cross({ tracking: new Uint8Array(memory), fixed: new Uint8Array(memory, 0, 8) })
  memory.grow(12)
  t.deepEqual([tracking.length, fixed.length], [12, 8])
})

const internals = new URL('../../dist/internals.js', import.meta.url).href

function startEcho(workerData) {
  const code = `
    const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads')
    import(${JSON.stringify(internals)}).then(({ decode, takeEars }) => {
      if (workerData.ears) takeEars(workerData.ears)
      parentPort.postMessage('up')
      parentPort.on('message', bytes => {
        try {
          new Int32Array(decode(bytes, 0).memory)[0]++
          parentPort.postMessage('done')
        } catch (error) {
          parentPort.postMessage(error.message)
        }
      })
    })`
  return new Worker(code, { eval: true, workerData, transferList: workerData.ears ? [workerData.ears.early] : [] })
}

const reply = worker => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

test('shared memory reaches a thread that was alive when it was sent, again and again', async t => {
  const worker = startEcho({})
  t.is(await reply(worker), 'up')
  const memory = new SharedArrayBuffer(4)
  for (let i = 1; i <= 3; i++) {
    worker.postMessage(packed({ memory }))
    t.is(await reply(worker), 'done')
    t.is(new Int32Array(memory)[0], i)
  }
  await worker.terminate()
})

test('shared memory reaches a thread that never goes back to its loop', async t => {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const code = `
    const { parentPort, receiveMessageOnPort, workerData: gate } = require('node:worker_threads')
    import(${JSON.stringify(internals)}).then(({ decode }) => {
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      for (let i = 0; i < 2; i++) {
        let next
        while (!(next = receiveMessageOnPort(parentPort))) Atomics.wait(gate, 1, 0, 1)
        new Int32Array(decode(next.message, 0).memory)[0]++
      }
    })`
  const worker = new Worker(code, { eval: true, workerData: gate })
  const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  t.not(Atomics.wait(gate, 0, 0, 60_000), 'timed-out')
  const memory = new SharedArrayBuffer(4)
  worker.postMessage(packed({ memory }))
  worker.postMessage(packed({ memory }))
  t.is(await ended, 0)
  t.is(new Int32Array(memory)[0], 2)
})

test('having sent shared memory keeps no process alive', async t => {
  const code = `
    const { encode } = await import(${JSON.stringify(internals)})
    encode(new SharedArrayBuffer(4), 'item')
    process.on('exit', code => console.log('pass', code))`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code])
  t.deepEqual([stdout, stderr], ['pass 0\n', ''])
})

test('shared memory sent before a thread was up reaches it by the ears its maker gave it, and is missed without', async t => {
  const memory = new SharedArrayBuffer(4)
  const packets = [packed({ memory })]
  const { ears } = ours.earsForThread()
  t.true(ears.early instanceof MessagePort)
  packets.push(packed({ memory: new SharedArrayBuffer(4) }))
  const workers = [startEcho({ ears }), startEcho({})]
  t.teardown(() => Promise.all(workers.map(worker => worker.terminate())))
  const replies = workers.map(reply)
  // A thread is online before it has loaded anything.
  await once(workers[0], 'online')
  packets.push(packed({ memory: new SharedArrayBuffer(4) }))
  t.deepEqual(await Promise.all(replies), ['up', 'up'])
  for (const [i, bytes] of packets.entries()) {
    workers.forEach(worker => worker.postMessage(bytes))
    const [told, untold] = await Promise.all(workers.map(reply))
    t.is(told, 'done')
    // The last may reach it by the channel, if it was quick.
    if (i < 2) t.regex(untold, /before this loop was alive/)
  }
  t.is(new Int32Array(memory)[0], 1)
})

// --- to loops that are starting

/** Ways for a third thread to send memory to a loop that is starting, and for that loop to answer with its size. */
const ways = {
  'as an item': loop => {
    const queue = new Queue()
    const answer = loop.createTask(async queue => (await queue.get()).byteLength, [queue])
    return [queue, queue => queue.putWait(new SharedArrayBuffer(4)), answer]
  },
  'as the value of a future': loop => {
    const future = new Future()
    const answer = loop.createTask(async future => (await future.result()).memory.byteLength, [future])
    return [future, future => future.setResult({ memory: new SharedArrayBuffer(4) }), answer]
  },
  'as an argument': loop => [
    loop,
    loop => loop.createTask(view => view.length, [new Int8Array(new SharedArrayBuffer(4))]).wait(),
  ],
  'in a batch, again and again': loop => {
    const queue = new Queue()
    const answer = loop.createTask(
      async queue => {
        let sum = 0
        for (let i = 0; i < 4; i++) sum += (await queue.get()).byteLength
        return sum / 4
      },
      [queue],
    )
    const send = queue => {
      const memory = new SharedArrayBuffer(4)
      queue.putManyWait([memory, new SharedArrayBuffer(4), memory])
      queue.putWait(memory)
    }
    return [queue, send, answer]
  },
}

const third = () => new AsyncRunner({ allowBlocking: true })

for (const [name, way] of Object.entries(ways)) {
  test.serial(
    `shared memory sent ${name} by a third thread reaches a loop that is starting while its maker blocks`,
    t => {
      const sender = third()
      sender.run(() => 1)
      for (let i = 0; i < 5; i++) {
        const loops = [new AsyncRunner(), new AsyncRunner()]
        const sent = loops.map(way)
        for (const [target, send, answer] of sent) {
          const result = sender.run(send, [target])
          t.is(answer === undefined ? result : answer.wait(), 4)
        }
        loops.forEach(loop => loop.close())
      }
      sender.close()
    },
  )
}

test.serial('shared memory reaches loops that are starting whose maker computes, or awaits', async t => {
  const sender = third()
  sender.run(() => 1)
  const loops = Array.from({ length: 4 }, () => new AsyncRunner())
  const queues = loops.map(() => new Queue())
  const answers = loops.map((loop, i) => loop.createTask(async queue => (await queue.get()).byteLength, [queues[i]]))
  const sent = sender.createTask(queues => queues.forEach(queue => queue.putNowait(new SharedArrayBuffer(4))), [queues])
  for (const end = performance.now() + 150; performance.now() < end;);
  t.deepEqual(await Promise.all(answers.map(answer => answer.result())), [4, 4, 4, 4])
  await sent.result()
  await Promise.all([sender, ...loops].map(runner => runner.closeAsync()))
})

test.serial('shared memory reaches a loop whose maker is itself starting, and one that was started ahead', t => {
  const sender = third()
  const maker = third()
  const [queue, ready] = [new Queue(), new Event()]
  const memory = new Int32Array(new SharedArrayBuffer(4))
  sender.createTask((queue, memory, ready) => (queue.putNowait(memory), ready.set()), [queue, memory, ready])
  const add = async queue => {
    const memory = await queue.get()
    memory[0]++
    queue.putNowait(memory)
  }
  maker.run(
    (queue, add) => {
      const loop = new AsyncRunner()
      loop.run(new Function(`return ${add}`)(), [queue])
      loop.close()
    },
    [queue, String(add)],
  )
  t.is(queue.getWait().buffer, memory.buffer)
  AsyncRunner.prewarm(1)
  sender.run(queue => queue.putNowait(new Int32Array(new SharedArrayBuffer(4))), [queue])
  const loop = new AsyncRunner()
  AsyncRunner.prewarm(0)
  loop.run(add, [queue])
  ready.wait()
  t.is(memory[0], 1)
  for (const runner of [loop, maker, sender]) runner.close()
})

// Announces more than a thread holds on to: what other tests have on its way would be let go of, too.
test.serial('memory nobody holds any more is let go of', async t => {
  const { announce, lookup } = ours
  const mine = new SharedArrayBuffer(8)
  const first = announce(mine)
  const dropped = announce(new SharedArrayBuffer(8))
  for (let i = 0; i < 3000; i++) announce(new SharedArrayBuffer(8))
  t.is(lookup(first), mine)
  t.is(announce(mine), first)
  setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc')
  await new Promise(resolve => setImmediate(resolve))
  gc()
  t.throws(() => lookup(dropped), { instanceOf: ours.UncloneableError })
})

test.serial('memory is let go of by a thread that only blocks, too', t => {
  setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc')
  const runner = new AsyncRunner()
  t.teardown(() => runner.close())
  const [count, bytes] = [400, 2 ** 21]
  gc()
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < count; i++) runner.run(memory => new Uint8Array(memory).length, [new SharedArrayBuffer(bytes)])
  // What one collection has found is freed meanwhile, and at the latest by the next.
  for (let i = 0; i < 3; i++) {
    runner.run(() => globalThis.gc())
    gc()
  }
  // 128 MiB stay, for what may be on its way.
  t.true(process.memoryUsage().arrayBuffers - before < (count * bytes) / 2)
})
