// A game and machines of scripts in processes of their own: what is killed, cut off, or restarted in the middle of calls.
//
// Promises that every call which waits ends: with its answer, or with the error that says why there is none; that no call is
// handled twice, and none that was given up before it was taken; and that all of it goes on by itself. The last argument says
// how many times. The other roles, for its own processes: `game <url> <heartbeat>`, `scripts <url> <heartbeat>`.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { AsyncRunner, RunnerDiedError, Server, taskModule } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'

const LONG = { timeout: 60_000 }
/** What is noticed by silence is noticed with this one, which a busy machine keeps. */
const SOON = 1000
/** Longer than all of it takes: whatever is noticed with this one is not noticed by silence. */
const NEVER = 3_600_000
const CALLS = 400
const [role, url, heartbeat] = process.argv.slice(2)
const nats = taskModule(new URL('nats-tasks.mjs', import.meta.url))

// --- the other processes

/** Says each call that it handles; a call of `hold` is not answered. */
class Saying extends Server {
  handleRequest({ fun, args }, future) {
    process.stdout.write(`${fun} ${args[0]}\n`)
    if (fun === 'count') future.setResult(args[0])
  }
}

async function game() {
  const server = new Saying()
  new NatsLink({ servers: url, heartbeat: Number(heartbeat) }).serve(server, 'arena')
  await server.serve()
}

/** Two calls that wait for their answer: one is taken at once, the other stands behind it. */
async function scripts() {
  const link = new NatsLink({ servers: url, heartbeat: Number(heartbeat) })
  const client = await link.client('arena', LONG)
  await Promise.all([client.hold(1), client.hold(2)])
}

/** Calls on and on, each with a number of its own, and says the answers. */
async function counting() {
  const link = new NatsLink({ servers: url, heartbeat: Number(heartbeat) })
  const clients = [await link.client('arena', LONG), await link.client('arena', LONG)]
  let next = 0
  await Promise.all(
    clients.map(async client => {
      while (next < CALLS) {
        const number = next++
        assert.equal(await client.count(number), number)
      }
    }),
  )
  link.close()
  process.exit()
}

// --- who starts and kills them

class Child {
  lines = []
  #child
  #heard = () => {}

  constructor(role, url, heartbeat) {
    const args = [fileURLToPath(import.meta.url), role, url, String(heartbeat)]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    this.#child.stdout.setEncoding('utf8').on('data', text => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()
      this.lines.push(...lines)
      this.#heard()
    })
  }

  async says(line) {
    while (!this.lines.includes(line)) await new Promise(resolve => (this.#heard = resolve))
  }

  async kill(signal = 'SIGKILL') {
    const exit = once(this.#child, 'close')
    this.#child.kill(signal)
    await exit
  }

  async ends() {
    const [code] = await once(this.#child, 'close')
    assert.equal(code, 0)
  }
}

const until = async claim => {
  while (!claim()) await new Promise(resolve => setTimeout(resolve, 1))
}

/** The calls of a game that was killed end within two heartbeats, or when the next begins; those made later wait for it. */
async function gameKilled(url) {
  for (const beat of [SOON, NEVER]) {
    const link = new NatsLink({ servers: url, heartbeat: beat })
    const said = []
    let game = new Child('game', url, beat)
    const client = await link.client('arena', LONG)
    const held = assert.rejects(client.hold('held'), RunnerDiedError)
    await game.says('hold held')
    assert.equal(await client.count(0), 0)
    await game.kill()
    said.push(...game.lines)
    const early = client.count('early').catch(error => error) // It may have been sent to the one that is dead.
    if (beat !== NEVER) await held
    game = new Child('game', url, beat)
    await held
    const result = await early
    assert(result === 'early' || result instanceof RunnerDiedError)
    assert.equal(await client.count('late'), 'late')
    await game.kill()
    said.push(...game.lines)
    assert.equal(new Set(said).size, said.length, `a call was handled twice: ${said}`)
    assert.equal(said.includes('count early'), result === 'early')
    await link.closeAsync()
  }
}

/** A machine of scripts that was killed has no calls any more. */
async function scriptsKilled(url) {
  const server = new Saying()
  const held = []
  server.handleRequest = request => void held.push(request)
  const link = new NatsLink({ servers: url, heartbeat: SOON })
  link.serve(server, 'arena')
  const child = new Child('scripts', url, SOON)
  await until(() => server.pending === 2)
  assert.equal(server.processAll({ maxRequests: 1 }), 1)
  assert(!held[0].cancelled)
  await child.kill()
  await until(() => held[0].cancelled && server.pending === 0)
  assert.equal(server.processAll(), 0)
  await link.closeAsync()
  await server.closeAsync()
}

/** The NATS server is killed and started again while this thread is blocked, which goes on with the calls. */
async function serverRestarted(url, runner) {
  const counts = new Map()
  const restarts = []
  const server = new Server({
    handlers: {
      count(number) {
        counts.set(number, (counts.get(number) ?? 0) + 1)
        if (counts.size === CALLS / 4 || counts.size === CALLS / 2) restarts.push(runner.createTask(nats.restart))
        return number
      },
    },
  })
  const link = new NatsLink({ servers: url, heartbeat: 20_000 })
  link.serve(server, 'arena')
  const child = new Child('counting', url, 20_000)
  const ending = child.ends()
  // A loop that does not rest holds `process`; the calls wait meanwhile.
  const busy = server.createTask(busyFor, [1000])
  while (counts.size < CALLS) server.process(LONG)
  busy.wait()
  for (const restart of restarts) restart.wait()
  await ending
  assert.equal(restarts.length, 2)
  assert.equal(counts.size, CALLS)
  for (const [number, count] of counts) assert.equal(count, 1, `call ${number} was handled ${count} times`)
  await link.closeAsync()
  await server.closeAsync()
}

function busyFor(time) {
  const end = performance.now() + time
  while (performance.now() < end);
}

/** A cut that lasts longer than two heartbeats ends the calls; both sides find each other again. */
async function cut(url, runner) {
  const held = []
  const server = new Saying()
  server.handleRequest = (request, future) => {
    held.push(request)
    if (request.fun === 'count') future.setResult(request.args[0])
  }
  const game = new NatsLink({ servers: url, heartbeat: SOON })
  game.serve(server, 'arena')
  void server.serve()
  const link = new NatsLink({ servers: url, heartbeat: SOON })
  const client = await link.client('arena', LONG)
  const call = assert.rejects(client.hold(1), RunnerDiedError)
  await until(() => held.length === 1)
  await runner.createTask(nats.kill).result()
  await call
  await until(() => held[0].cancelled)
  const later = client.count(2)
  await runner.createTask(nats.startAgain).result()
  assert.equal(await later, 2)
  assert.deepEqual(held.map(({ fun, args }) => `${fun} ${args[0]}`), ['hold 1', 'count 2']) // prettier-ignore
  await game.closeAsync()
  await link.closeAsync()
  await server.closeAsync()
}

async function main(times) {
  const runner = new AsyncRunner()
  const url = await runner.createTask(nats.start).result()
  for (let i = 0; i < times; i++) {
    await gameKilled(url)
    await scriptsKilled(url)
    await serverRestarted(url, runner)
    await cut(url, runner)
  }
  await runner.createTask(nats.end).result()
  runner.close()
  console.log('pass')
}

if (role === 'game') await game()
else if (role === 'scripts') await scripts()
else if (role === 'counting') await counting()
else await main(Number(role ?? 1))
