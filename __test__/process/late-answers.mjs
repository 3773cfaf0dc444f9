// late-answers.mjs: handlers that return promises, which are settled when their server is closed and nothing of the
// program holds it any more; with --expose-gc.
//
// Shows that such an answer is dropped, whatever has taken the call and whether the promise resolves or rejects, and that
// the server is let go of then.

import { Queue, Server } from 'threaded-async'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { Handle, native } from '../../dist/internals.js'
import { check } from './support.mjs'

const takes = {
  process: server => server.process(),
  processAll: server => server.processAll(),
  async serve(server, isTaken) {
    const serving = server.serve()
    await isTaken
    return serving
  },
  async aborted(server, isTaken) {
    const stop = new AbortController()
    const serving = server.serve({ signal: stop.signal })
    await isTaken
    stop.abort()
    await serving
  },
}
const closes = {
  close: server => server.close(),
  closeAsync: server => server.closeAsync(),
  dispose: server => server[Symbol.dispose](),
}
const settles = {
  resolve: ({ resolve }) => resolve({ late: true }),
  reject: ({ reject }) => reject(new RangeError('late')),
  uncloneable: ({ resolve }) => resolve(() => {}),
}
const classes = {
  handlers: promise => new Server({ handlers: { walk: () => promise } }),
  quiet: promise => new Server({ handlers: { walk: () => promise }, handlerErrors: 'reject' }),
  overridden(promise) {
    class Own extends Server {
      async handleRequest(request, future) {
        const result = await promise
        future.setResult(result)
      }
    }
    return new Own()
  },
  inherited(promise) {
    class Own extends Server {
      handleRequest(request, future) {
        super.handleRequest(request, future)
      }
    }
    return new Own({ handlers: { walk: () => promise } })
  },
}

function deferred() {
  const one = {}
  one.promise = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }))
  return one
}

/** One call whose handler has begun, and whose server is closed. */
async function session(make, take, close, settle, isScript) {
  const later = deferred()
  const server = make(later.promise)
  if (isScript) server.createScript('export default host => host.walk()')
  else server.createTask(client => client.walk(), [server.createClient()])
  while (server.pending === 0) await turn()
  const isTaken = (async () => {
    while (server.statistics().requestsTaken === 0) await turn()
    await turn()
  })()
  const serving = take(server, isTaken)
  await isTaken
  await close(server)
  await serving
  return { later, settle, id: Handle.idOf(server) } // No closure, which would hold all that those above see.
}

/** The core forgets what was collected as more is made. */
function isForgotten({ id }) {
  new Queue()
  try {
    native.serverPending(id)
    return false
  } catch {
    return true
  }
}

/** Collects garbage until the core knows none of these servers any more. */
async function areForgotten(sessions) {
  for (const end = performance.now() + 60_000; performance.now() < end; await sleep(1)) {
    gc()
    if (sessions.every(isForgotten)) return true
  }
  return false
}

const pending = []
for (const make of Object.values(classes)) {
  for (const take of Object.values(takes)) {
    for (const settle of Object.values(settles)) {
      const close = Object.values(closes)[pending.length % 3]
      pending.push(await session(make, take, close, settle, pending.length % 4 === 3))
    }
  }
}
const settled = []
for (const close of Object.values(closes)) {
  settled.push(await session(classes.handlers, takes.process, close, settles.resolve))
  settles.resolve(settled.at(-1).later)
}

check(await areForgotten(settled), 'a server that nothing holds is forgotten')
for (const { later, settle } of pending) settle(later)
check(await areForgotten(pending), 'one whose handlers have ended is, too')
console.log('pass')
