// Waits with a timeout where the system may have no thread for the timers. Prints `pass`.
//
// Promises that such a wait fails with a code, before it has an effect, or ends by its timeout.

import { Event, Queue, sleep } from 'threaded-async'

const [queue, full, event] = [new Queue(), new Queue({ maxsize: 1 }), new Event()]
full.putNowait(0)
const options = { timeout: 20 }
const waits = [
  () => queue.get(options),
  () => queue.getMany(2, options),
  () => full.put(1, options),
  () => full.putMany([1, 2], options),
  () => full.join(options),
  () => event.waitAsync(options),
]
const codes = new Set()
for (const wait of waits) codes.add(await wait().then(String, ({ code }) => code))
await sleep(5).catch(({ code }) => codes.add(code))
const { getters } = queue.statistics()
const { putters, joiners } = full.statistics()
const { waiters } = event.statistics()
queue.putNowait('item')
const isWhole = queue.qsize() === 1 && full.qsize() === 1 && getters + putters + joiners + waiters === 0
const isOne = codes.size === 1 && (codes.has('ERR_EVENT_LOOP_TIMEOUT') || codes.has('ERR_WORKER_INIT_FAILED'))
console.log(isWhole && isOne ? 'pass' : [...codes, getters, putters, joiners, waiters].join())
