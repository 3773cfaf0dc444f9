// Several machines, each a process here: a game with the scripts of two others, and a pipeline with producers and consumers.
//
// It starts a NATS server of its own on this machine, if there is one. Run it: node examples/nats.mjs

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { NatsLink } from 'threaded-async/nats'
import { startServer } from './nats/server.mjs'

/** Another machine. `says` waits until it prints something. */
function machine(name, ...args) {
  const file = fileURLToPath(new URL(`nats/${name}.mjs`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
  return {
    output: child.stdout,
    ended: once(child, 'exit'),
    says: () => once(child.stdout, 'data'),
    stop: () => child.kill(),
  }
}

async function game(url) {
  const arena = machine('game', url)
  arena.output.pipe(process.stdout, { end: false })
  await arena.says()
  // The second machine starts when the robots of the first have their places.
  for (const team of ['red', 'blue']) {
    console.log(`The ${team} robots join.`)
    await machine('scripts', url, team).says()
  }
  await arena.ended
}

async function pipeline(url) {
  await withLink(new NatsLink({ servers: url }), async link => {
    const consumers = [1, 2, 3].map(() => machine('consumer', url))
    for (const first of [1, 11]) machine('producer', url, first, first + 9)
    const squares = new Map()
    for await (const { id, value, ack } of link.queue('squares')) {
      squares.set(id, value) // A consumer that dies before its ack has its number squared again, under the same id.
      ack()
      if (squares.size === 20) break
    }
    const sum = [...squares.values()].reduce((all, square) => all + square, 0)
    console.log(`2 producers, 3 consumers: the sum of the squares up to ${squares.size} is ${sum}`)
    for (const consumer of consumers) consumer.stop()
    await Promise.all(consumers.map(consumer => consumer.ended))
  })
}

async function withLink(link, work) {
  try {
    await work(link)
  } finally {
    await link.closeAsync()
  }
}

const server = await startServer()
if (server === undefined) {
  console.log('There is no nats-server on the PATH: apt install nats-server, brew install nats-server, or see nats.io.')
} else {
  try {
    await game(server.url)
    await pipeline(server.url)
  } finally {
    await server.stop()
  }
}
