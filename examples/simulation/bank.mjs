// The bank's customers: they come at random, wait for the one counter, and leave when their patience is at its end.

import { Random } from './random.mjs'
import { Resource } from './resources.mjs'

export async function source(client, { customers, interval, seed }) {
  const bank = { client, counter: new Resource(1), random: new Random(seed) }
  const inBank = []
  for (let i = 0; i < customers; i++) {
    // As a process of SimPy, a customer begins when this function waits.
    inBank.push(Promise.resolve(`Customer${String(i).padStart(2, '0')}`).then(name => visit(bank, name)))
    await client.delay(bank.random.expovariate(1 / interval))
  }
  await Promise.all(inBank)
}

async function visit({ client, counter, random }, name) {
  const arrival = client.now
  say('Here I am')
  const turn = counter.request()
  const reached = new AbortController()
  const patience = client.with({ signal: reached.signal }).delay(random.uniform(1, 3))
  const isServed = await Promise.race([turn.granted.then(() => true), patience.then(() => false)])
  const waited = (client.now - arrival).toFixed(3).padStart(6)
  if (isServed) {
    patience.catch(() => {}) // It has reached the counter: nothing waits for the end of its patience any more.
    reached.abort()
    say(`Waited ${waited}`)
    await client.delay(random.expovariate(1 / 12))
    say('Finished')
  } else {
    say(`RENEGED after ${waited}`)
  }
  turn.release()

  function say(what) {
    console.log(`${client.now.toFixed(4).padStart(7)} ${name}: ${what}`)
  }
}
