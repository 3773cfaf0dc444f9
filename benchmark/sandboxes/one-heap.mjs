// What node:vm and SES have in common here: all scripts are functions of one heap and one thread, and wait by promises.
//
// Promises nothing of limits: what a script does, it does to all.

import { setImmediate } from 'node:timers/promises'

/** `evaluate(source, host)` runs the body of an async function, and returns its promise. */
export function oneHeap(onAsk, evaluate, harden = value => value) {
  let sleepers = []
  const host = harden({
    nextTick: () => new Promise(resolve => sleepers.push(resolve)),
    async ask(number) {
      onAsk?.()
      return number + 1
    },
  })
  return {
    add(source) {
      const script = { end: undefined }
      const failed = error => (script.end = error.code ?? error.name)
      try {
        evaluate(`(async () => {${source}\n})()`, host).then(() => (script.end = 'it is done'), failed)
      } catch (error) {
        failed(error)
      }
      return script
    },
    async tick() {
      const woken = sleepers
      sleepers = []
      for (const wake of woken) wake()
      await setImmediate()
    },
    endOf: script => script.end,
    close() {},
  }
}
