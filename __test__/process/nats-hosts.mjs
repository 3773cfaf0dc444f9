// Hosts in processes of their own, of which one after the other is killed, and so is the server, while tasks are run.
//
// Promises that every task ends: with its result, or with RunnerDiedError; and that none is begun twice. `nats-hosts.mjs <tasks>`.
// The other role, for its own processes: `host <url>`.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RunnerDiedError, sleep } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { NatsServer } from '../support/nats-server.mjs'

const [role, url] = process.argv.slice(2)
const module = new URL('../nats/host-tasks.mjs', import.meta.url)

async function startHost(server) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'host', server.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function killed(child) {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function attend(count) {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-hosts-'))
  const file = join(folder, 'begun')
  writeFileSync(file, '')
  const server = await NatsServer.start()
  const hosts = [await startHost(server), await startHost(server)]
  const link = new NatsLink({ servers: server.url })
  const tasks = link.tasks('hosts')
  let ended = 0
  let died = 0
  const faults = [
    async () => {
      await killed(hosts.shift())
      hosts.push(await startHost(server))
    },
    async () => {
      await server.kill()
      await server.start()
    },
  ]
  let faulting = Promise.resolve()
  const all = Array.from({ length: count }, async (_, id) => {
    try {
      assert.equal(await tasks.submit('once', [file, id]).result(), id)
    } catch (error) {
      assert(error instanceof RunnerDiedError, error)
      died++
    }
    if (++ended % Math.ceil(count / 5) === 0) faulting = faulting.then(faults[(ended / Math.ceil(count / 5)) % 2])
  })
  try {
    await Promise.all(all)
    await faulting
    const begun = readFileSync(file, 'utf8').trim().split('\n').map(Number)
    assert.equal(new Set(begun).size, begun.length)
    assert(begun.length >= count - died)
    assert(died < count)
    // One that blocks hears of the end, too. The server may have given it to the host that was killed last.
    const hanging = join(folder, 'hanging')
    writeFileSync(hanging, '')
    const waiting = tasks.submit('hang', [hanging])
    while (!waiting.done() && readFileSync(hanging, 'utf8') === '') await sleep(10)
    for (const host of hosts.splice(0)) await killed(host)
    assert.throws(() => waiting.wait(), RunnerDiedError)
  } finally {
    for (const host of hosts) await killed(host)
    link.close()
    await server.end()
    rmSync(folder, { recursive: true, force: true })
  }
  console.log('pass')
}

if (role === 'host') {
  const link = new NatsLink({ servers: url })
  link.work('hosts', module, { concurrency: 4 })
  console.log('there')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
} else {
  await attend(Number(role ?? 200))
}
