// Tasks of `exit-random.mjs`: work without an end, of every kind.
//
// Promises only to stop where a wait fails for good.

import { sleep } from 'threaded-async'

const forEver = async body => {
  for (;;) {
    try {
      await body()
    } catch (error) {
      if (error.code !== 'ERR_EVENT_LOOP_TIMEOUT') return
    }
  }
}

export const put = (queue, event) => forEver(() => queue.put({ text: 'x'.repeat(100), event }, { timeout: 1 }))
export const get = queue => forEver(() => queue.get({ timeout: 1 }))
export const sleepAway = () => forEver(() => sleep(0.1))
export const blink = (_, event) =>
  forEver(async () => {
    event.set()
    event.clear()
    await event.waitAsync({ timeout: 0.2 })
  })
export const print = () =>
  forEver(async () => {
    process.stdout.write('')
    await new Promise(resolve => setTimeout(resolve, 1))
  })
export const putBlocking = queue => forEver(() => queue.putWait([1, 2n, new Date(0)], { timeout: 1 }))
export const getBlocking = queue => forEver(() => queue.getWait({ timeout: 1 }))
export function spin() {
  for (;;);
}
