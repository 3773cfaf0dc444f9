// unheard.mjs <how>: the main thread blocks without a timeout for a task that waits for this very thread.
//
// What is told of that stands in unheard.spec.mjs. Where nothing is, the program ends by itself, after more than a second.

import { Server, sleep } from 'threaded-async'

const [how] = process.argv.slice(2)
const server = new Server({ handlers: { look: () => 1 } })
const client = server.createClient()
const make = (fn, ...args) => server.createTask(fn, args, { name: 'player' })

const programs = {
  // --- what is told
  'a call': () => make(async client => client.look(), client).wait(),
  'a call of a script': () => server.createScript('await host.look()', { name: 'player' }).wait(),
  'the clock': () => make(async client => client.nextTick(), client).wait(),
  'the clock of a script': () => server.createScript('await host.delay(1)', { name: 'player' }).wait(),

  // --- what is not
  'with a timeout': () => {
    try {
      make(async client => client.look(), client).wait({ timeout: 2000 })
    } catch {}
  },
  'a server that others have': () =>
    make(async server => void (await Promise.race([server.createClient().look(), sleep(2000)])), server).wait(),
  'a loop that works': () =>
    make(async client => {
      void client.look().catch(() => {})
      for (const end = performance.now() + 2000; performance.now() < end;) {
        for (const part = performance.now() + 30; performance.now() < part;);
        await sleep(10)
      }
    }, client).wait(),
  'the call of another task': () => {
    server.createBackgroundTask(async client => client.look(), [client])
    make(() => sleep(2000)).wait()
  },
  'the clock for another task': () => {
    server.createBackgroundTask(async client => client.nextTick(), [client])
    make(() => sleep(2000)).wait()
  },
  processUntil: () => server.processUntil(make(async client => (await client.look(), sleep(2000)), client)),
}

programs[how]()
server.close()
console.log('pass')
