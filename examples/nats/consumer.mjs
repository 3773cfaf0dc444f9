// Squares numbers, for as long as it is let: an ack says that one is done.

import { NatsLink } from 'threaded-async/nats'

const link = new NatsLink({ servers: process.argv[2] })
const squares = link.queue('squares')
for await (const { value, ack } of link.queue('numbers', { maxsize: 5 })) {
  await squares.put(value * value, { id: `square-${value}` })
  ack()
}
