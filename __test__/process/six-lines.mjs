// six-lines.mjs <rounds> [busy]: the example of docs/porting.md, again and again, with every core kept busy if asked.
//
// Shows that the six lines come in their order each time, though two threads write them.

import { AsyncRunner, Server } from 'threaded-async'
import { availableParallelism } from 'node:os'

const [rounds, busy] = [Number(process.argv[2]), process.argv[3] === 'busy']

class MyServer extends Server {
  handleRequest(request, future) {
    switch (request.fun) {
      case 'increment': {
        const [n] = request.args
        future.setResult(n + 1)
        break
      }
    }
  }
}

async function clientCode(client) {
  for (let i = 0; i < 10; i++) console.log(`Client got: ${await client.increment(i)}`)
}

function example() {
  const server = new MyServer({ queueSize: 10 })
  server.createBackgroundTask(clientCode, [server.createClient()])
  for (let i = 0; i < 3; i++) {
    console.log('Processing new client requests')
    server.process()
  }
  server.close()
}

for (let hogs = busy ? availableParallelism() : 0; hogs > 0; hogs--) {
  new AsyncRunner({ exitTimeout: 0 }).createTask(() => {
    for (;;);
  })
}
for (let round = 0; round < rounds; round++) example()
console.log('pass')
process.exit(0)
