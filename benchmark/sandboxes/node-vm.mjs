// The rival node:vm: a context for each script, in one heap and on one thread, with a timeout for what runs at once.
//
// Node's documentation says that it is no sandbox. It is here because many programs use it as one.

import { setImmediate } from 'node:timers/promises'
import { createContext, runInContext } from 'node:vm'

export const about = 'node:vm, a context each'

export function open({ budget, onAsk }) {
  let sleepers = []
  const nextTick = () => new Promise(resolve => sleepers.push(resolve))
  async function ask(number) {
    onAsk?.()
    return number + 1
  }
  const timeout = budget === Infinity ? undefined : budget
  return {
    add(source) {
      const script = { end: undefined }
      const context = createContext({ host: { nextTick, ask } })
      try {
        runInContext(`(async () => {${source}\n})()`, context, { timeout }).then(
          () => (script.end = 'it is done'),
          error => (script.end = error.code ?? error.name),
        )
      } catch (error) {
        script.end = error.code ?? error.name
      }
      return script
    },
    async tick() {
      for (const wake of sleepers.splice(0)) wake()
      await setImmediate()
    },
    endOf: script => script.end,
    close() {},
  }
}
