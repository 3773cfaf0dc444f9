// Wrong arguments, at the doors of queues: refused before anything happens, whether or not a wait is needed.
//
// Each body promises so for one argument, through either door. Timeouts and signals are in `waits/waits.bodies.mjs`.

import assert from 'node:assert/strict'
import { Queue } from 'threaded-async'

const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }
const uncloneable = { name: 'UncloneableError', code: 'ERR_UNCLONEABLE' }

/** A queue in which there is something and room for more, an empty one, and a full one. */
function queues() {
  const some = new Queue({ maxsize: 2 })
  some.putNowait(1)
  const full = new Queue({ maxsize: 1 })
  full.putNowait(1)
  return [some, new Queue(), full]
}

async function refuses(enter, expected) {
  for (const queue of queues()) {
    const before = queue.statistics()
    await assert.rejects(async () => enter(queue), expected)
    assert.deepEqual(queue.statistics(), before)
  }
}

export default {
  'Q11: getMany refuses a wrong number': async door => {
    for (const max of [undefined, null, '3', 3n, true, {}]) await refuses(queue => door.getMany(queue, max), type)
    for (const max of [0, -1, NaN, 1.5, -Infinity, 2 ** 53]) await refuses(queue => door.getMany(queue, max), range)
  },

  'Q11: putMany refuses items that cannot be gone through': async door => {
    for (const items of [undefined, null, 5, true, {}, { length: 2 }, () => []]) {
      await refuses(queue => door.putMany(queue, items), type)
    }
  },

  /** What is refused is neither inserted nor detached. */
  'Q11: put refuses memory that cannot be transferred, and inserts nothing': async door => {
    const memory = new ArrayBuffer(8)
    const gone = new ArrayBuffer(8)
    structuredClone(gone, { transfer: [gone] })
    const cases = [
      [type, [null, 5, 'all', {}, new Set([memory]), memory]],
      [type, [[5], [null], [memory, new Uint8Array(memory)], [new SharedArrayBuffer(8)]]],
      [uncloneable, [[memory, memory], [gone], [Buffer.from('pooled').buffer]]],
    ]
    for (const [expected, transfers] of cases) {
      for (const transfer of transfers) await refuses(queue => door.put(queue, memory, { transfer }), expected)
    }
    assert.equal(memory.byteLength, 8)
  },
}
