// A machine of scripts: two robots of a team, each a script with a client of its own.

import { NatsLink } from 'threaded-async/nats'

const [url, team] = process.argv.slice(2)
const link = new NatsLink({ servers: url })

async function robot(client, name, steps) {
  let isOver = false
  while (!isOver) ({ isOver } = await client.move(name, steps))
}

const clients = [await link.client('arena'), await link.client('arena')]
console.log('joined')
const steps = team === 'red' ? [1, 3] : [2, 5]
await Promise.all(clients.map((client, at) => robot(client, `${team} ${at + 1}`, steps[at])))
await link.closeAsync()
