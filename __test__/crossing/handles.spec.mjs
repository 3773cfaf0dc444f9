// Queues, events, futures, tasks and runners travel: their receiver has the same thing, and the same object.
//
// Promises to cover H2 and H4, and R2 as far as handles go: identity on one thread, use on every kind of
// thread (a user's own worker among them), life in transit and after the thread that made it, release of what nobody
// holds, and the refusal of what another loaded copy of the package has made.

import test from 'ava'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  AsyncRunner,
  BackgroundTask,
  Event,
  Future,
  LifoQueue,
  PriorityQueue,
  Queue,
  RunnerPool,
  Server,
  TimeoutTimer,
} from 'threaded-async'
import { untilSeen } from '../support/partner.mjs'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')

/** Weak references of the core are emptied between two turns. */
async function collect() {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    gc()
  }
}

/** The core itself, to count what this thread holds. */
const core = createRequire(new URL('../../package.json', import.meta.url))('#binding')

function oneOfEach(runner) {
  return { queue: new Queue(), event: new Event(), future: new Future(), task: runner.createTask(() => 'done'), runner }
}

// --- the same object

test('H4: what comes out of a queue, a future or a value is the very object that went in', async t => {
  await AsyncRunner.use(async runner => {
    const all = oneOfEach(runner)
    const queue = new Queue()
    for (const handle of Object.values(all)) {
      queue.putNowait(handle)
      t.is(queue.peekNowait(), handle)
      t.is(queue.getNowait(), handle)
    }
    const nested = { ...all, list: [all.queue, all.queue], map: new Map([[all.event, new Set([all.future])]]) }
    queue.putNowait(nested)
    t.deepEqual(queue.peekNowait(), nested)
    const { map, list, task } = await queue.get()
    t.is(task, all.task)
    t.true(list.every(one => one === all.queue))
    t.is([...map][0][0], all.event)
    t.true([...map][0][1].has(all.future))
    const future = new Future()
    future.setException(Object.assign(new Error('with a handle'), { queue: all.queue }))
    t.is((await future.result().catch(error => error)).queue, all.queue)
    queue.putNowait(queue)
    t.is(queue.getNowait(), queue)
  })
})

test('H4: a task gets the same thing, and hands the same object back', async t => {
  await AsyncRunner.use(async runner => {
    const all = oneOfEach(runner)
    const names = ['queue', 'event', 'future', 'task', 'runner']
    const seen = runner.run(
      (all, names) => {
        const classes = { queue: Queue, event: Event, future: Future, task: BackgroundTask, runner: AsyncRunner }
        return names.every(name => all[name] instanceof classes[name])
      },
      [all, names],
    )
    t.true(seen)
    const back = runner.run(all => all, [all])
    for (const name of names) t.is(back[name], all[name])
    t.true(runner.run(runner => runner === AsyncRunner.current && runner.inRunnerLoop, [runner]))
  })
})

test('H4: a loop that receives a thing twice has one object', t => {
  AsyncRunner.use(runner => {
    const [carrier, queue] = [new Queue(), new Queue()]
    carrier.putNowait({ queue })
    carrier.putNowait(queue)
    const isSame = (carrier, queue) => {
      const first = carrier.getNowait().queue
      return first === queue && carrier.getNowait() === queue
    }
    t.true(runner.run(isSame, [carrier, queue]))
  })
})

test('H4: what is no more than its number comes back after its object was collected', async t => {
  const carrier = new Queue()
  const fill = () => {
    const [queue, event, future] = [new Queue(), new Event(), new Future()]
    queue.putNowait('inside')
    event.set()
    future.setResult('settled')
    carrier.putNowait({ queue, event, future })
    carrier.putNowait(queue)
  }
  fill()
  await collect()
  const { queue, event, future } = carrier.getNowait()
  await collect()
  t.is(carrier.getNowait(), queue)
  t.deepEqual([queue.getNowait(), event.isSet(), future.resultWait()], ['inside', true, 'settled'])
})

test.serial('what nobody holds is released, also by a thread that never comes back to its loop', t => {
  const carrier = new Queue()
  const before = core.handleCount()
  for (let round = 0; round < 100_000; round++) {
    if (round % 2) new Event()
    else carrier.putNowait(new Queue())
    carrier.clear()
    if (round % 10_000 === 0) gc() // How much V8 waits for before it collects by itself is its own affair.
  }
  t.true(core.handleCount() - before < 50_000, `${core.handleCount() - before} are still held`)
})

// --- on every thread

test('H2: a thing goes from loop to loop, and every loop may use it', async t => {
  const runners = ['a', 'b', 'c'].map(name => new AsyncRunner({ name, allowBlocking: true }))
  const [way, queue] = [[new Queue(), new Queue()], new Queue()]
  const pass = async (there, blocks) => {
    const { queue, next } = await there.get()
    if (blocks) queue.putWait(AsyncRunner.current.name)
    else await queue.put(AsyncRunner.current.name)
    next?.putNowait({ queue })
  }
  const tasks = [runners[0].createTask(pass, [way[0], false]), runners[1].createTask(pass, [way[1], true])]
  // The third gets it as an argument, and waits for the others.
  const third = runners[2].createTask(
    async (queue, tasks) => {
      for (const task of tasks) task.wait()
      return [await queue.get(), queue.getWait(), tasks.map(task => task.done())]
    },
    [queue, tasks],
  )
  way[0].putNowait({ queue, next: way[1] })
  t.deepEqual(await third.result(), ['a', 'b', [true, true]])
  for (const runner of runners) runner.close()
})

test('a thing outlives the thread that has made it', t => {
  const made = AsyncRunner.use(runner =>
    runner.run(() => {
      const made = { queue: new Queue(), event: new Event(), future: new Future() }
      made.queue.putNowait('from the dead')
      return made
    }),
  )
  t.is(made.queue.getWait(), 'from the dead')
  made.event.set()
  made.event.wait()
  made.future.setResult(1)
  t.is(made.future.resultWait(), 1)
})

test('a thing in transit outlives the runner that put it there', async t => {
  const carrier = new Queue()
  AsyncRunner.use(runner =>
    runner.run(
      carrier => {
        const queue = new Queue()
        queue.putNowait('deep')
        carrier.putNowait({ queue })
      },
      [carrier],
    ),
  )
  await collect()
  t.is(carrier.getNowait().queue.getNowait(), 'deep')
})

test('tasks and runners travel, whatever has become of them', async t => {
  const ended = new AsyncRunner({ name: 'ended' })
  const task = ended.createTask(() => 'kept', [], { name: 'keeper' })
  t.is(task.wait(), 'kept')
  ended.close()
  await AsyncRunner.use(async runner => {
    const look = (task, ended) => [task.wait(), task.name, task.done(), ended.isRunning, ended.name, ended.shutdownType]
    const blocking = new AsyncRunner({ allowBlocking: true })
    t.deepEqual(blocking.run(look, [task, ended]), ['kept', 'keeper', true, false, 'ended', 1])
    blocking.close()
    t.is(await runner.createTask(task => task.result(), [task]).result(), 'kept')
  })
})

const refused = pattern => ({ code: 'ERR_UNCLONEABLE', message: pattern })

for (const [name, make] of Object.entries({
  Queue: () => new (class Inbox extends Queue {})({ maxsize: 3 }),
  LifoQueue: () => new (class Stack extends LifoQueue {})(),
  PriorityQueue: () => new (class Jobs extends PriorityQueue {})(),
  Event: () => new (class Signal extends Event {})(),
  Future: () => new (class Promised extends Future {})(),
})) {
  test(`an object of a subclass of ${name} is refused: it would arrive without what the subclass adds`, t => {
    const mine = make()
    const carrier = new Queue()
    const pattern = new RegExp(`^item\\.deep\\[1\\] cannot cross threads: it is an object of a subclass of ${name}, `)
    t.throws(() => carrier.putNowait({ deep: [1, mine] }), refused(pattern))
    t.is(carrier.qsize(), 0)
    AsyncRunner.use(runner => t.throws(() => runner.createTask(() => 1, [mine]), refused(/^args\[0\] cannot/)))
    t.truthy(mine.statistics(), 'it is what it was')
  })
}

test('what belongs to one thread is refused, and so are objects of its subclasses', t => {
  class Mine extends RunnerPool {}
  const [pool, mine] = [new RunnerPool({ size: 1 }), new Mine({ size: 1 })]
  const queue = new Queue()
  for (const [value, pattern] of [
    [pool, /^item\.deep\[0\] cannot cross threads: it is a RunnerPool, /],
    [mine, /^item\.deep\[0\] cannot cross threads: it is a RunnerPool, /],
    [queue.getOp(), /it is an op for select; send what it waits for/],
    [new TimeoutTimer(5), /it is a TimeoutTimer; send its `remaining`/],
  ]) {
    t.throws(() => queue.putNowait({ deep: [value] }), { code: 'ERR_UNCLONEABLE', message: pattern })
  }
  t.is(queue.qsize(), 0)
  pool.close()
  mine.close()
})

test('objects of subclasses of runners and servers travel: their methods belong to the thread that made them', t => {
  class Pool extends AsyncRunner {}
  class Game extends Server {}
  const [runner, game] = [new Pool({ name: 'pool' }), new Game({ name: 'game' })]
  try {
    const look = (pool, game) => [pool.name, game.name, pool instanceof AsyncRunner, game instanceof Server]
    t.deepEqual(runner.run(look, [runner, game]), ['pool', 'game', true, true])
  } finally {
    runner.close()
    game.close()
  }
})

test('statistics tell the waiters of all threads', async t => {
  await AsyncRunner.use(async runner => {
    const queue = new Queue()
    const there = runner.createTask(queue => queue.get(), [queue])
    await untilSeen(queue, { getters: 1 })
    const here = queue.get()
    t.is(queue.statistics().getters, 2)
    queue.putNowait(1)
    queue.putNowait(2)
    t.deepEqual([await there.result(), await here], [1, 2])
  })
})
