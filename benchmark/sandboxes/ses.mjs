// The rival SES: hardened JavaScript, a compartment for each script, in one heap and on one thread. It keeps scripts from each
// other's objects, and has no limits.

import { rival } from './install.mjs'
import { oneHeap } from './one-heap.mjs'

export const about = 'ses, a compartment each'

export async function open({ onAsk }) {
  await rival('ses')
  globalThis.lockdown({ errorTaming: 'unsafe', errorTrapping: 'none' })
  const { Compartment, harden } = globalThis // `harden` is there after the lockdown.
  const evaluate = (source, host) => new Compartment({ globals: { host }, __options__: true }).evaluate(source)
  return oneHeap(onAsk, evaluate, harden)
}
