// A way to a NATS server on which the answers can be held: as tasks of a loop of its own, so that threads that block can use it.
//
// Promises that what the client sends reaches the server at once; and that from `hold` on the client hears nothing until
// `release`, or until `cut` has ended its connection.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { sleep } from 'threaded-async'

const pairs = new Set()
let isHeld = false
let sent = ''
let whenSent

/** Starts it, and resolves with its port. */
export async function open(port) {
  const server = createServer(client => {
    const answers = connect(port, '127.0.0.1')
    const pair = { client, answers }
    pairs.add(pair)
    if (isHeld) answers.pause()
    client.on('data', bytes => {
      answers.write(bytes)
      sent += bytes.toString('latin1')
      whenSent?.()
    })
    answers.on('data', bytes => client.write(bytes))
    for (const socket of [client, answers]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        client.destroy()
        answers.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

/** Holds the answers from now on. */
export function hold() {
  isHeld = true
  sent = ''
  for (const { answers } of pairs) answers.pause()
}

/** Resolves when the client has sent these characters since `hold`. */
export async function untilSent(characters) {
  while (!sent.includes(characters)) await new Promise(resolve => (whenSent = resolve))
}

/** How many times the client has sent these characters since `hold`. */
export function timesSent(characters) {
  return sent.split(characters).length - 1
}

export function release() {
  isHeld = false
  for (const { answers } of pairs) answers.resume()
}

/** Releases so many milliseconds after the client has sent these characters. */
export async function releaseAfter(characters, delay) {
  await untilSent(characters)
  await sleep(delay)
  release()
}

/** Ends the connection of the client, with all that it has not heard. */
export function cut() {
  isHeld = false
  for (const { client } of pairs) client.destroy()
}
