// Cancellation of what Node itself offers to wait for: fetch, against a server here, and node:timers/promises.
//
// Promises that both are cut by the task's edge with CancelledError, use it up, and behave as ever when nobody cancels.

import ava from 'ava'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { AsyncRunner, CancelledError, currentTask, Event, Queue, sleep } from 'threaded-async'
import { runnerFor, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }

/** A server that answers `/now`, begins to answer `/half`, and never answers anything else. */
async function serve(t) {
  const hits = []
  const gone = []
  const server = createServer((request, response) => {
    hits.push(request.url)
    response.on('close', () => gone.push(request.url))
    if (request.url === '/now') response.end('now')
    if (request.url === '/half') response.write('half of it')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { hits, gone, url: `http://127.0.0.1:${server.address().port}` }
}

test('fetch is cut by the cancellation, the connection is closed, and the cleanup may fetch', async t => {
  const { hits, gone, url } = await serve(t)
  const runner = runnerFor(t)
  const task = runner.createTask(
    async url => {
      try {
        await fetch(`${url}/never`)
      } catch (error) {
        const text = await (await fetch(`${url}/now`)).text()
        return [error.code, error instanceof CancelledError, text]
      }
    },
    [url],
  )
  await untilAsync(() => hits.includes('/never'))
  task.cancel()
  t.deepEqual(await task.result(), ['ERR_CANCELLED', true, 'now'])
  await untilAsync(() => gone.includes('/never'))
})

test('an uncaught cut of fetch makes the task a cancelled one', async t => {
  const { hits, url } = await serve(t)
  const runner = new AsyncRunner()
  const task = runner.createTask(url => fetch(`${url}/never`).then(() => 'answered'), [url])
  await untilAsync(() => hits.includes('/never'))
  task.cancel()
  await t.throwsAsync(task.result(), cancelled)
  await t.notThrowsAsync(runner.closeAsync())
})

test('the body of a response is cut, too, and the edge is used up by that', async t => {
  const { hits, url } = await serve(t)
  const runner = runnerFor(t)
  const [begun, queue] = [new Event(), new Queue()]
  const task = runner.createTask(
    async (url, begun, queue) => {
      const response = await fetch(`${url}/half`)
      begun.set()
      try {
        await response.text()
      } catch (error) {
        // "waits made after that work, so cleanup may await"
        await sleep(1)
        await queue.put('cleaned up')
        return error.code
      }
    },
    [url, begun, queue],
  )
  await begun.waitAsync()
  t.deepEqual(hits, ['/half'])
  task.cancel()
  t.is(await task.result(), 'ERR_CANCELLED')
  t.deepEqual(queue.clear(), ['cleaned up'])
})

test('fetch with a signal of its own heeds both', async t => {
  const { hits, url } = await serve(t)
  const runner = runnerFor(t)
  const ask = async (url, ms) => {
    const init = ms === undefined ? { signal: new AbortController().signal } : { signal: AbortSignal.timeout(ms) }
    try {
      await fetch(new Request(`${url}/never?${ms}`), init)
    } catch (error) {
      return error.name
    }
  }
  t.is(await runner.createTask(ask, [url, 20]).result(), 'TimeoutError')
  const task = runner.createTask(ask, [url])
  await untilAsync(() => hits.includes('/never?undefined'))
  task.cancel()
  t.is(await task.result(), 'CancelledError')
})

test('a fetch made after the cancel was asked for sends nothing', async t => {
  const { hits, url } = await serve(t)
  const runner = runnerFor(t)
  const begun = new Event()
  const task = runner.createTask(
    async (url, event) => {
      event.set()
      while (!currentTask().cancelled) await new Promise(resolve => setImmediate(resolve))
      await fetch(`${url}/now`)
    },
    [url, begun],
  )
  await begun.waitAsync()
  task.cancel()
  await t.throwsAsync(task.result(), cancelled)
  t.deepEqual(hits, [])
})

test('timers with a signal of their own heed both, and behave as ever when nobody cancels', t => {
  const runner = runnerFor(t)
  const outcome = runner.run(async () => {
    const timers = await import('node:timers/promises')
    const log = [await timers.setTimeout(1, 'value'), await timers.setImmediate('soon')]
    const reason = new Error('mine')
    for (const signal of [AbortSignal.abort(reason), AbortSignal.timeout(5)]) {
      await timers.setTimeout(20_000, 'late', { signal }).catch(error => log.push(error.name))
    }
    for await (const value of timers.setInterval(1, 'tick')) {
      log.push(value)
      if (log.length > 6) break
    }
    await timers.scheduler.wait(1)
    await timers.scheduler.yield?.()
    return log
  })
  t.deepEqual(outcome, ['value', 'soon', 'AbortError', 'AbortError', 'tick', 'tick', 'tick'])
})
