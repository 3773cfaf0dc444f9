// streams.mjs <mode>: loops with `stdout: 'main'` print through the main thread's streams, whose `write` is replaced.
//
// order: a line of the loop before each kind of wait ends, and one of the main thread's after it. many: several loops at
// once, much of it. ends: what was printed before a close, a forced end, a death by itself. exit: what was printed before
// the process ends. throws: `write` throws. nested: a runner made in a task.

import { AsyncRunner, Event, Future, Queue, Server, sleep } from 'threaded-async'
import { check, until, written } from './support.mjs'

const [mode] = process.argv.slice(2)
const heard = []
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, ...rest) => {
    heard.push([name, typeof chunk, String(chunk)])
    rest.findLast(each => typeof each === 'function')?.()
    return true
  }
}
const texts = () => heard.map(([, , text]) => text)
const same = (found, wanted) => check(JSON.stringify(found) === JSON.stringify(wanted), JSON.stringify(found))

async function order() {
  const runner = new AsyncRunner({ stdout: 'main' })
  const [queue, back, event, future] = [new Queue(), new Queue(), new Event(runner), new Future(runner)]
  const waits = {
    run: () => runner.run(() => console.log('loop')),
    callInLoop: () => runner.callInLoop(() => void process.stdout.write('loop\n')),
    getWait: () => back.getWait(),
    event: () => event.wait(),
    future: () => future.resultWait(),
    wait: task => task.wait(),
    result: task => task.result(),
    fails: async task => await task.result().catch(() => {}),
    throws: task => {
      try {
        task.wait()
      } catch {
        // It comes after the line.
      }
    },
  }
  runner.run(() => 1)
  for (let round = 0; round < 20; round++) {
    for (const [name, wait] of Object.entries(waits)) {
      heard.length = 0
      const isFailing = name === 'fails' || name === 'throws'
      const body = async (name, isFailing, back, event, future) => {
        console.log('loop')
        if (name === 'getWait') await back.put(1)
        if (name === 'event') event.set()
        if (name === 'future' && !future.done()) future.setResult(1)
        if (isFailing) throw new Error('of the task')
      }
      const isTask = !['run', 'callInLoop'].includes(name)
      const task = isTask ? runner.createTask(body, [name, isFailing, back, event, future]) : undefined
      if (round === 0 || !['event', 'future'].includes(name)) await wait(task)
      else await task.result()
      console.log('main')
      same([name, ...texts()], [name, 'loop\n', 'main\n'])
    }
  }
  runner.run(() => {
    console.error('to stderr')
    process.stdout.write(Buffer.from('bytes'))
    process.stdout.write('68690a', 'hex')
    process.stdout.write('ü')
  })
  same(heard.slice(-4), [
    ['stderr', 'string', 'to stderr\n'],
    ['stdout', 'object', 'bytes'],
    ['stdout', 'object', 'hi\n'],
    ['stdout', 'string', 'ü'],
  ])
  queue.shutdown()
  runner.close()
}

function many() {
  const count = 2000
  const runners = Array.from({ length: 3 }, () => new AsyncRunner({ stdout: 'main' }))
  const tasks = runners.map((runner, which) =>
    runner.createTask(
      async (which, count) => {
        for (let line = 0; line < count; line++) {
          console.log(which, line)
          if (line % 100 === 0) await sleep(0)
        }
      },
      [which, count],
    ),
  )
  for (const task of tasks) task.wait()
  for (const runner of runners) runner.close()
  for (const which of tasks.keys()) {
    const own = texts().filter(text => text.startsWith(`${which} `))
    same(
      own,
      Array.from({ length: count }, (_, line) => `${which} ${line}\n`),
    )
  }
  check(heard.length === 3 * count, 'nothing else')
}

async function ends() {
  const closed = new AsyncRunner({ stdout: 'main' })
  closed.createTask(async () => {
    try {
      await sleep(100_000)
    } finally {
      console.log('cleanup')
    }
  })
  closed.run(() => void process.on('exit', () => console.log('exit of the loop')))
  closed.close()
  same(texts(), ['cleanup\n', 'exit of the loop\n'])
  heard.length = 0

  const forced = new AsyncRunner({ stdout: 'main', exitTimeout: 50, logForcedShutdownStackTrace: false })
  const started = new Event()
  forced.createTask(
    started => {
      console.log('stuck')
      started.set()
      for (;;);
    },
    [started],
  )
  started.wait()
  forced.close()
  same(texts(), ['stuck\n'])
  heard.length = 0

  const dying = new AsyncRunner({ stdout: 'main' })
  const task = dying.createTask(() => {
    console.log('last words')
    process.exit(3)
  })
  const error = await task.result().catch(error => error)
  check(error.code === 'ERR_RUNNER_DIED', error)
  until(() => heard.length > 0)
  same(texts(), ['last words\n'])
}

function exit() {
  const runner = new AsyncRunner({ stdout: 'main' })
  const printed = new Int32Array(new SharedArrayBuffer(4))
  process.on('exit', () => written(texts().join('')))
  runner.createTask(
    printed => {
      for (let line = 0; line < 5; line++) console.log('line', line)
      printed[0] = 1
    },
    [printed],
  )
  while (Atomics.load(printed, 0) === 0);
}

async function throws() {
  const errors = []
  process.on('uncaughtException', error => errors.push(error.message))
  const { write } = process.stdout
  process.stdout.write = (chunk, ...rest) => {
    if (String(chunk).startsWith('bad')) throw new Error('of write')
    return write(chunk, ...rest)
  }
  const runner = new AsyncRunner({ stdout: 'main' })
  runner.run(() => {
    for (const word of ['good', 'bad', 'good again']) console.log(word)
  })
  same(texts(), ['good\n', 'good again\n'])
  await sleep(1)
  same(errors, ['of write'])
  runner.close()
}

function nested() {
  AsyncRunner.use(
    runner =>
      runner.run(async () => {
        const inner = new AsyncRunner({ stdout: 'main' })
        await inner.createTask(() => console.log('inner')).result()
        console.log('outer')
        await inner.closeAsync()
      }),
    { stdout: 'main' },
  )
  same(texts(), ['inner\n', 'outer\n'])
  heard.length = 0
  const server = new Server({ stdout: 'main', handlers: { step: () => console.log('handler') } })
  server.createBackgroundTask(
    async client => {
      console.log('before')
      await client.step()
      console.log('after')
    },
    [server.createClient()],
  )
  server.process()
  server.close()
  same(texts(), ['before\n', 'handler\n', 'after\n'])
}

await { order, many, ends, exit, throws, nested }[mode]()
written('pass\n')
