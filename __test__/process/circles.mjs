// Circles of threads that wait for each other through servers, handlers and other doors, and what only looks like one.
//
// Promises one case per run, named by the argument: a circle is refused with the names of its threads, and the program
// goes on; what is no circle comes to its end. A program that hangs is killed by its spec.

import assert from 'node:assert/strict'
import { AsyncRunner, Event, Future, Queue, Server, sleep } from 'threaded-async'

const patience = { timeout: 20_000 }
const options = name => ({ name, allowBlocking: true, logForcedShutdownStackTrace: false })
const scripts = (handlers, name = 'scripts') => new Server({ ...options(name), handlers })

/** Asserts that a call is refused as a circle, naming these threads in this order. */
function refused(call, ...names) {
  assert.throws(call, error => isCircle(error, names))
}

function isCircle(error, names) {
  assert.equal(error.code, 'ERR_WOULD_DEADLOCK')
  assert.match(error.message, new RegExp(names.join('.*')))
  return true
}

/** Blocks until a script blocks for main. */
function untilAsked(server) {
  while (server.pending === 0) pause(1)
}

const nap = new Int32Array(new SharedArrayBuffer(4))

function pause(milliseconds) {
  Atomics.wait(nap, 0, 0, milliseconds)
}

const open = []

/** Something that is closed at the end of the case. */
function kept(closable) {
  open.unshift(closable)
  return closable
}

const cases = {
  // --- main waits for a loop that waits for main

  'main waits for a task, whose loop waits for an answer of main'() {
    const server = kept(scripts({ ask: () => 42 }))
    const task = server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
    untilAsked(server)
    refused(() => task.wait(), 'the main thread', 'scripts', 'an answer of the main thread')
    refused(() => task.wait(patience), 'the main thread', 'scripts', 'the main thread')
    assert.equal(server.processUntil(task, patience), 42)
  },

  'a script asks main, which waits for its task already'() {
    const server = kept(scripts({ ask: () => 42 }))
    const [begun, go] = [new Event(), new Event()]
    const task = server.createBackgroundTask(
      async (client, begun, go) => {
        begun.set()
        await go.waitAsync()
        try {
          return client.sync.ask()
        } catch (error) {
          return [error.code, error.message]
        }
      },
      [server.createClient(), begun, go],
    )
    const other = kept(new AsyncRunner(options('other')))
    const letting = other.createTask(
      async go => (await new Promise(resolve => setTimeout(resolve, 100)), go.set()),
      [go],
    )
    const [code, message] = task.wait()
    isCircle({ code, message }, ['scripts', 'an answer of the main thread', 'scripts'])
    letting.wait(patience)
  },

  'run, callInLoop and waitForNextEventloopIteration in a handler, on the loop that waits for its answer'() {
    const server = kept(
      scripts({
        ask(runner) {
          const calls = [
            () => runner.run(() => 1),
            () => runner.run(() => 1, [], { timeout: 10_000 }),
            () => runner.callInLoop(() => 1),
            () => runner.waitForNextEventloopIteration(),
          ]
          for (const call of calls) refused(call, 'the main thread', runner.name, 'an answer of the main thread')
          return 42
        },
      }),
    )
    const task = server.createBackgroundTask(client => client.sync.ask(AsyncRunner.current), [server.createClient()])
    assert.equal(server.process(patience), true)
    assert.equal(task.wait(patience), 42)
  },

  'a handler waits for another task of the loop that waits for its answer'() {
    let other
    const server = kept(scripts({ ask: () => other.wait() }))
    other = server.createBackgroundTask(() => new Promise(() => {}))
    const task = server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
    refused(() => server.process(patience), 'the main thread', 'scripts', 'an answer of the main thread')
    refused(() => task.wait(patience), 'the main thread', 'scripts', 'the main thread')
    assert.equal(task.cancelled(), false)
  },

  'a handler serves until another task of the loop that waits for its answer has ended'() {
    let other
    const server = kept(scripts({ ask: () => server.processUntil(other) }))
    other = server.createBackgroundTask(() => new Promise(() => {}))
    server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
    refused(() => server.process(patience), 'the main thread', 'scripts', 'an answer of the main thread')
    assert.throws(() => server.close(), { code: 'ERR_EXCEPTION_GROUP' })
  },

  'a tick that main would have to begin'() {
    const server = kept(scripts({}))
    const task = server.createBackgroundTask(client => client.sync.nextTick(), [server.createClient()])
    refused(() => task.wait(), 'the main thread', 'scripts', 'an answer of the main thread')
    server.tick(patience)
    task.wait(patience)
  },

  'a circle through a third loop: main, bob, scripts'() {
    const server = kept(scripts({ ask: () => 42 }))
    const bob = kept(new AsyncRunner(options('bob')))
    const script = server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
    const task = bob.createTask(script => script.wait(), [script])
    while (bob.statistics().loop !== 'blocked') pause(1)
    refused(() => task.wait(), 'the main thread', 'bob', 'scripts', 'an answer of the main thread')
    assert.equal(server.processUntil(script, patience), 42)
    assert.equal(task.wait(patience), 42)
  },

  'a runner that makes a server is the one that must answer'() {
    const alice = kept(new AsyncRunner(options('alice')))
    const code = alice.run(async () => {
      const server = new Server({ name: 'scripts', allowBlocking: true, handlers: { ask: () => 42 } })
      const task = server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
      try {
        return [task.wait()]
      } catch (error) {
        return [error.code, error.message, server.processUntil(task)]
      } finally {
        await server.closeAsync()
      }
    }, [], patience) // prettier-ignore
    isCircle({ code: code[0], message: code[1] }, ['alice', 'scripts', 'an answer of alice'])
    assert.equal(code[2], 42)
  },

  "a wait with a timeout for a loop that waits for one's own without"() {
    const alice = kept(new AsyncRunner(options('alice')))
    const bob = kept(new AsyncRunner(options('bob')))
    const outcome = alice.createTask(
      (alice, bob) =>
        bob.run(
          alice => {
            while (alice.statistics().loop !== 'blocked'); // Until then there is no circle.
            const before = performance.now()
            try {
              return alice.run(() => 1, [], { timeout: 15_000 })
            } catch (error) {
              return [error.code, error.message, performance.now() - before]
            }
          },
          [alice],
        ),
      [alice, bob],
    )
    const [code, message, took] = outcome.wait(patience)
    isCircle({ code, message }, ['bob', 'alice', 'bob'])
    assert.ok(took < 10_000)
  },

  'processUntil of a task whose loop waits for the one that serves'() {
    const alice = kept(new AsyncRunner(options('alice')))
    const bob = kept(new AsyncRunner(options('bob')))
    const [code, message] = alice.run(async (alice, bob) => {
      const server = new Server({ name: 'scripts', handlers: {} })
      const task = bob.createTask(alice => alice.run(() => 1), [alice])
      try {
        server.processUntil(task)
      } catch (error) {
        return [error.code, error.message]
      } finally {
        await server.closeAsync()
      }
    }, [alice, bob], patience) // prettier-ignore
    isCircle({ code, message }, ['alice', 'bob'])
  },

  // --- what is no circle

  'main that processes is not waited for in vain: process, processAll, tick, settle, createBackgroundTask'() {
    const server = kept(scripts({ ask: () => 42 }))
    const script = client => [client.sync.ask(), client.sync.ask(), client.sync.ask()]
    const tasks = [1, 2, 3].map(() => server.createBackgroundTask(script, [server.createClient()]))
    server.settle(patience)
    server.tick(patience)
    while (!tasks.every(task => task.done())) {
      server.process(patience)
      server.processAll()
    }
    for (const task of tasks) assert.deepEqual(task.wait(), [42, 42, 42])
  },

  'main that serves until a task has ended serves it, and every other script'() {
    const server = kept(scripts({ ask: () => 42 }))
    const script = async client => {
      let sum = 0
      for (let i = 0; i < 200; i++) {
        sum += client.sync.ask()
        await null
      }
      return sum
    }
    const tasks = [1, 2, 3].map(() => server.createBackgroundTask(script, [server.createClient()]))
    for (const task of tasks) assert.equal(server.processUntil(task, patience), 8400)
  },

  'a wait that has been served closes no circle, though its thread has not woken yet'() {
    const server = kept(scripts({ ask: () => 42, home: () => {} }))
    const home = new Queue()
    server.createBackgroundTask(home => home.putNowait(AsyncRunner.current), [home])
    const runner = home.getWait(patience)
    const client = server.createClient()
    for (let i = 0; i < 1000; i++) {
      const task = runner.createTask(
        client => {
          // In the moment in which this task has ended, its loop blocks for main.
          queueMicrotask(() => client.sync.ask())
          return 1
        },
        [client],
      )
      assert.equal(task.wait(patience), 1)
      while (!server.process(patience));
    }
  },

  'a loop that asks main while main waits for others'() {
    const server = kept(scripts({ ask: () => 42 }))
    const bob = kept(new AsyncRunner(options('bob')))
    const asking = bob.createTask(
      client => {
        let sum = 0
        for (let i = 0; i < 1000; i++) sum += client.sync.ask()
        return sum
      },
      [server.createClient()],
    )
    while (!asking.done()) {
      server.processAll()
      assert.equal(server.createBackgroundTask(() => 1).wait(patience), 1)
    }
    assert.equal(asking.wait(), 42_000)
  },

  'ends and blocks by turns, on two loops: nobody is refused'() {
    const alice = kept(new AsyncRunner(options('alice')))
    const bob = kept(new AsyncRunner(options('bob')))
    // Alice waits for a task of bob; once that has ended, bob waits for one of alice, at once.
    const ping = alice.createTask(
      async (alice, bob) => {
        let count = 0
        for (let i = 0; i < 2000; i++) {
          const back = new Future()
          const task = bob.createTask(
            (alice, back) => {
              queueMicrotask(() => {
                try {
                  back.setResult(alice.run(() => 1))
                } catch (error) {
                  back.setException(error)
                }
              })
              return 1
            },
            [alice, back],
          )
          count += task.wait()
          count += await back.result()
        }
        return count
      },
      [alice, bob],
    )
    assert.equal(ping.wait({ timeout: 60_000 }), 4000)
  },

  'an answer that another thread has been handed'() {
    const box = new Queue()
    class Handing extends Server {
      handleRequest(_request, future) {
        box.putNowait(future)
      }
    }
    const server = kept(new Handing(options('scripts')))
    const carol = kept(new AsyncRunner(options('carol')))
    const task = server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
    assert.equal(server.process(patience), true)
    carol.createTask(
      async box => {
        const future = await box.get()
        await new Promise(resolve => setTimeout(resolve, 100))
        future.setResult(42)
      },
      [box],
    )
    assert.equal(task.wait(), 42)
  },

  'a server that another loop serves, now or later'() {
    const server = kept(new Server(options('scripts')))
    const carol = kept(new AsyncRunner(options('carol')))
    const go = new Event()
    const serving = carol.createTask(
      async (server, go) => {
        await go.waitAsync()
        await new Promise(resolve => setTimeout(resolve, 50))
        for await (const [, future] of server.requests()) {
          future.setResult(42)
          break
        }
      },
      [server, go],
    )
    const task = server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
    untilAsked(server)
    go.set()
    assert.equal(task.wait(), 42)
    serving.wait(patience)
  },

  'a script that blocks for main and has just been cancelled is waited for'() {
    const server = kept(scripts({ ask: () => 42 }))
    for (let i = 0; i < 200; i++) {
      const task = server.createBackgroundTask(
        async client => {
          try {
            client.sync.ask()
          } finally {
            await sleep(1)
          }
        },
        [server.createClient()],
      )
      task.cancel()
      assert.throws(() => task.wait(i % 2 === 0 ? {} : patience), { code: 'ERR_CANCELLED' })
      assert.equal(task.cancelled(), true)
    }
  },

  'another loop waits for main while main waits for a third'() {
    const server = kept(scripts({ ask: () => 42 }))
    const bob = kept(new AsyncRunner(options('bob')))
    const task = server.createBackgroundTask(client => client.sync.ask(), [server.createClient()])
    untilAsked(server)
    assert.equal(
      bob.run(async () => (await sleep(50), 'bob')),
      'bob',
    )
    assert.equal(server.processUntil(task, patience), 42)
  },

  'a handler waits for a loop that waits for nobody'() {
    const bob = kept(new AsyncRunner(options('bob')))
    const server = kept(scripts({ ask: n => bob.run(n => n + 1, [n]) }))
    const task = server.createBackgroundTask(client => client.sync.ask(41), [server.createClient()])
    assert.equal(server.processUntil(task, patience), 42)
  },

  'a handler that serves another server, whose script waits for main'() {
    const inner = kept(scripts({ ask: n => n + 1 }, 'inner'))
    const outer = kept(scripts({ ask: n => inner.processUntil(inner.createBackgroundTask((client, n) => client.sync.ask(n), [inner.createClient(), n])) }, 'outer')) // prettier-ignore
    const task = outer.createBackgroundTask(client => client.sync.ask(41), [outer.createClient()])
    assert.equal(outer.processUntil(task, patience), 42)
  },

  'a script that blocks for the loop which processes it: that one comes to its rest, and then free'() {
    const alice = kept(new AsyncRunner(options('alice')))
    const result = alice.run(
      async alice => {
        const server = new Server({ name: 'scripts', allowBlocking: true, handlers: {} })
        const task = server.createBackgroundTask(alice => alice.run(() => 'reached'), [alice])
        server.process()
        try {
          return await task.result({ timeout: 10_000 })
        } finally {
          await server.closeAsync()
        }
      },
      [alice],
      patience,
    )
    assert.equal(result, 'reached')
  },

  'queues and events can be served by any thread'() {
    const bob = kept(new AsyncRunner(options('bob')))
    const carol = kept(new AsyncRunner(options('carol')))
    const queue = new Queue()
    const task = bob.createTask(queue => queue.getWait(), [queue])
    while (queue.statistics().getters === 0) pause(1)
    carol.createTask(async queue => {
      await new Promise(resolve => setTimeout(resolve, 50))
      queue.putNowait('carol')
    }, [queue]) // prettier-ignore
    assert.equal(task.wait(), 'carol')
  },
}

const name = process.argv[2]
if (name === undefined) console.log(JSON.stringify(Object.keys(cases)))
else {
  cases[name]()
  for (const closable of open) closable.close()
  console.log('pass')
}
