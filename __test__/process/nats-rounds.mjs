// Scripts of many processes at one server: the order of their calls is the same every time.
//
// Promises that each round has the calls of all scripts in the order in which they have joined, whichever came first.
// `nats-rounds.mjs <processes> <scripts> <rounds>`; the role of its own processes: `scripts <url> <name> <scripts> <rounds>`.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Server } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { NatsServer } from '../support/nats-server.mjs'

const LONG = { timeout: 100_000 }

async function scripts(url, name, count, rounds) {
  await closing(new NatsLink({ servers: url }), async link => {
    const clients = []
    for (let i = 0; i < count; i++) clients.push(await link.client('arena', LONG))
    console.log('joined')
    await Promise.all(
      clients.map(async (client, at) => {
        for (let round = 0; round < rounds; round++) {
          assert.equal(await client.say(`${name}.${at}`, round), round)
        }
      }),
    )
  })
}

async function closing(link, work) {
  try {
    await work(link)
  } finally {
    await link.closeAsync()
  }
}

async function main(processes, count, rounds) {
  const nats = await NatsServer.start()
  let order = []
  const server = new Server({ handlers: { say: (who, round) => (order.push(who), round) } })
  const link = new NatsLink({ servers: nats.url })
  link.serve(server, 'arena')
  const expected = []
  const endings = []
  for (let i = 0; i < processes; i++) {
    const args = [fileURLToPath(import.meta.url), 'scripts', nats.url, i, count, rounds].map(String)
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    endings.push(once(child, 'close'))
    // The next begins when all of this one have joined: so their order is known.
    await once(child.stdout, 'data')
    for (let at = 0; at < count; at++) expected.push(`${i}.${at}`)
  }
  for (let round = 0; round < rounds; round++) {
    while (server.pending < expected.length) await new Promise(resolve => setTimeout(resolve, 1))
    order = []
    assert.equal(server.processAll({ maxRequests: expected.length }), expected.length)
    assert.deepEqual(order, expected)
  }
  for (const ending of endings) assert.deepEqual(await ending, [0, null])
  await link.closeAsync()
  await server.closeAsync()
  await nats.end()
  console.log('pass')
}

const [role, ...rest] = process.argv.slice(2)
if (role === 'scripts') await scripts(rest[0], rest[1], Number(rest[2]), Number(rest[3]))
else await main(Number(role ?? 3), Number(rest[0] ?? 20), Number(rest[1] ?? 5))
