// Threads that wait for each other in a circle: cases of circles.mjs.
//
// Promises that each is refused with the names of its threads, and that the program goes on.

import assert from 'node:assert/strict'
import { AsyncRunner, Event, selectWait, Server } from 'threaded-async'
import { isCircle, kept, options, patience, pause, refused, scripts, untilAsked } from './circles-support.mjs'

const tasks = new URL('./deaths-tasks.mjs', import.meta.url).href

/** Sets an event once somebody waits for a task. */
async function letGoOnceAwaited(task, go, tasks) {
  const { waiters } = await import(tasks)
  while (waiters(task) === 0) await new Promise(resolve => setTimeout(resolve, 1))
  go.set()
}

export const circles = {
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
    const letting = other.createTask(letGoOnceAwaited, [task, go, tasks])
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

  'the last of the threads among which one selects, whichever is the last'() {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const hub = kept(new AsyncRunner(options('hub')))
      const spokes = Array.from({ length: 3 }, (_, index) => kept(new AsyncRunner(options(`spoke ${index}`))))
      const gos = Array.from({ length: 3 }, () => new Event())
      const task = hub.createTask(
        (hub, spokes, gos) => {
          const tasks = spokes.map((spoke, index) =>
            spoke.createTask(
              (hub, go) => {
                go.wait()
                try {
                  return hub.run(() => 1)
                } catch (error) {
                  return [error.code, error.message]
                }
              },
              [hub, gos[index]],
            ),
          )
          return selectWait(tasks.map(task => task.resultOp())).value
        },
        [hub, spokes, gos],
      )
      for (const [asked, index] of order.entries()) {
        while (hub.statistics().loop !== 'blocked' || hub.statistics().tasksQueued < asked) pause(1)
        gos[index].set()
      }
      const [code, message] = task.wait(patience)
      isCircle({ code, message }, ['spoke', 'hub, which waits for', 'and for'])
    }
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
}
