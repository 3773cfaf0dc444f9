// Sends a text and a bigint for whose copies there is no memory.
//
// Promises that each is an error of that call, with nothing in the queue, and that both cross once there is memory again.
// Prints `pass`.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Future, Queue } from 'threaded-async'

const MIB = 2 ** 20

/** Lets this process have so much more memory than it has. */
function limit(more) {
  const [, size] = /VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
  const most = more === Infinity ? 'unlimited' : size * 1024 + more
  execFileSync('prlimit', [`--pid=${process.pid}`, `--as=${most}:unlimited`])
}

function check(holds, what) {
  if (holds) return
  console.log(`failed: ${what}`)
  process.exit(1)
}

function refused(call, what) {
  try {
    call()
  } catch (error) {
    return check(error.code === 'ERR_UNCLONEABLE' && /memory/.test(error.message), `${what}: ${error.stack}`)
  }
  check(false, `${what} is refused`)
}

const bytes = Buffer.alloc(200 * MIB, 'x')
const values = {
  text: bytes.toString('latin1'),
  wide: bytes.toString('utf16le'),
  bigint: 1n << BigInt(2 ** 29),
}
const queue = new Queue()
const future = new Future()
for (const [what, value] of Object.entries(values)) {
  limit(32 * MIB)
  refused(() => queue.putNowait(value), what)
  refused(() => queue.putManyWait([1, value]), `${what} among others`)
  refused(() => future.setResult(value), `${what} of a future`)
  limit(Infinity)
  check(queue.empty() && !future.done(), 'nothing has happened')
  queue.putNowait(value)
  check(queue.getNowait() === value, `${what} crosses`)
}
check(bytes.length === 200 * MIB, 'nothing large is given back meanwhile')
console.log('pass')
