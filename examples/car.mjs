// A simulation: a car that parks and drives, after SimPy's first example. Its output is SimPy's own, simulation/car.out.
//
// Time stands still until `advance` moves it to the next moment that somebody waits for.

import { Server } from 'threaded-async'

async function car(client) {
  for (;;) {
    console.log(`Start parking at ${client.now}`)
    await client.delay(5)
    console.log(`Start driving at ${client.now}`)
    await client.delay(2)
  }
}

const server = new Server()
server.createBackgroundTask(car, [server.createClient()])
while (server.advance({ until: 15 }) !== undefined);
server.close()
