// A simulation: a bank whose customers leave when they have waited too long, after SimPy's example `bank_renege`. Its output
// is SimPy's own, simulation/bank.out, drawn numbers included.

import { Server, taskModule } from 'threaded-async'

const { source } = taskModule(new URL('./simulation/bank.mjs', import.meta.url))

console.log('Bank renege')
const server = new Server()
server.createBackgroundTask(source, [server.createClient(), { customers: 5, interval: 10, seed: 42 }])
while (server.advance() !== undefined);
server.close()
