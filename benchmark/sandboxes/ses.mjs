// The rival SES: hardened JavaScript, a compartment for each script, in one heap and on one thread. It keeps scripts from each
// other's objects, and has no limits.

import { setImmediate } from 'node:timers/promises'
import { rival } from './install.mjs'

export const about = 'ses, a compartment each'

export async function open({ onAsk }) {
  await rival('ses')
  globalThis.lockdown({ errorTaming: 'unsafe', errorTrapping: 'none' })
  const { Compartment, harden } = globalThis // `harden` is there after the lockdown.
  const sleepers = []
  const nextTick = () => new Promise(resolve => sleepers.push(resolve))
  async function ask(number) {
    onAsk?.()
    return number + 1
  }
  const host = harden({ nextTick, ask })
  return {
    add(source) {
      const script = { end: undefined }
      const compartment = new Compartment({ globals: { host }, __options__: true })
      compartment.evaluate(`(async () => {${source}\n})()`).then(
        () => (script.end = 'it is done'),
        error => (script.end = error.code ?? error.name),
      )
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
