// A NATS server that lives on another loop, for programs whose main thread blocks meanwhile.

import { NatsLink } from 'threaded-async/nats'
import { NatsServer } from '../support/nats-server.mjs'

let server

export async function start() {
  server = await NatsServer.start()
  return server.url
}

export const kill = () => server.kill()

export const restart = async () => {
  await server.kill()
  await server.start()
}

export const startAgain = () => server.start()

export const signal = name => server.signal(name)

export const end = () => server.end()

/** Restarts the server while somebody blocks, and puts items when it is there again. */
export async function restartAndPut(name, items) {
  await restart()
  const link = new NatsLink({ servers: server.url })
  for (const item of items) await link.queue(name).put(item)
  await link.closeAsync()
}
