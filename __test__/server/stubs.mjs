// A stub written by hand, made where its scripts run.
//
// Promises that `increment` goes through `execute`.

import { Client } from 'threaded-async'

class Stub extends Client {
  increment(n) {
    return this.execute('increment', n)
  }
}

export async function twice(server, n) {
  const stub = new Stub(server)
  return stub.increment(await stub.increment(n))
}
