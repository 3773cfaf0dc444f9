// What looks like a circle of threads and is none: cases of circles.mjs.
//
// Promises that each comes to its end.

import assert from 'node:assert/strict'
import { AsyncRunner, Event, Future, Queue, Server, sleep } from 'threaded-async'
import { kept, options, patience, pause, scripts, untilAsked } from './circles-support.mjs'

export const noCircles = {
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
