// Puts numbers: `putWait` returns when the server has stored one.

import { NatsLink } from 'threaded-async/nats'

const [url, first, last] = process.argv.slice(2)
const link = new NatsLink({ servers: url })
const numbers = link.queue('numbers', { maxsize: 5 })
for (let number = Number(first); number <= Number(last); number++) numbers.putWait(number)
link.close()
