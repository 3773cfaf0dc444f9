// A machine that cannot be reached for a while: a consumer, a producer and a host there, and what is seen from each side.
//
// The other role, for its own process in the namespace: `far <url>`. It goes on with each line of its input.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { RunnerDiedError, UnconfirmedError } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { Namespace } from '../support/namespace.mjs'
import { NatsServer } from '../support/nats-server.mjs'

const LONG = { timeout: 60_000 }
const [role, url] = process.argv.slice(2)

async function far() {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const link = new NatsLink({ servers: url })
  link.work('far', new URL('../nats/host-tasks.mjs', import.meta.url), { concurrency: 1 })
  const puts = link.queue('puts')
  puts.qsizeWait(LONG)
  const held = link.queue('held').getWait(LONG)
  console.log('holds')
  await lines.next()
  try {
    puts.putWait('once', { id: 'once', timeout: 500 })
  } catch (error) {
    assert(error instanceof UnconfirmedError, error)
    console.log('unconfirmed')
  }
  await lines.next()
  puts.putWait('once', { id: 'once', ...LONG })
  held.ack()
  console.log('stored')
}

async function attend() {
  const namespace = new Namespace()
  const server = await NatsServer.start('', '0.0.0.0')
  const command = namespace.inside(
    process.execPath,
    fileURLToPath(import.meta.url),
    'far',
    server.url.replace('127.0.0.1', namespace.address),
  )
  const child = spawn(...command, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const said = async () => (await lines.next()).value
  const link = new NatsLink({ servers: server.url })
  try {
    const held = link.queue('held', { ackWait: 2000 })
    held.putWait('held', LONG)
    assert.equal(await said(), 'holds')
    const tasks = link.tasks('far')
    assert.equal(tasks.run('add', [1, 2], LONG), 3)
    const hanging = tasks.submit('hang')
    assert.throws(() => tasks.run('nothing', [], { timeout: 500 }), /no host has taken it/)
    namespace.cut()
    child.stdin.write('\n')
    assert.throws(() => hanging.wait(LONG), RunnerDiedError)
    const again = held.getWait(LONG)
    assert.deepEqual([again.value, again.redelivered], ['held', true])
    again.ack()
    assert.equal(await said(), 'unconfirmed')
    namespace.mend()
    child.stdin.write('\n')
    assert.equal(await said(), 'stored')
    assert.equal(link.queue('puts').qsizeWait(LONG), 1)
    // The host was told to cancel what its caller has given up.
    assert.equal(tasks.run('add', [3, 4], LONG), 7)
    assert.equal(held.qsizeWait(LONG), 0)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
    link.close()
    await server.end()
    namespace.end()
  }
  console.log('pass')
}

await (role === 'far' ? far() : attend())
