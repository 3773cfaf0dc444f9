// The rival isolated-vm: an isolate of V8 for each script, run on a pool of threads, with a limit of memory and a timeout.
//
// The timeout covers what runs at once, and nothing after an `await`. So an isolate that has not come back after a tenth
// of a second is disposed of, as hosts that use it do.

import { rival } from './install.mjs'

export const about = 'isolated-vm, an isolate each'
export const mostScripts = 1000

const PATIENCE = 100

const prelude = `
const ways = { arguments: { copy: true }, result: { promise: true, copy: true } }
const host = {
  nextTick: () => call.apply(undefined, ['nextTick'], ways),
  ask: number => call.apply(undefined, ['ask', number], ways),
}
`

export async function open({ budget, onAsk }) {
  const { default: ivm } = await rival('isolated-vm')
  const scripts = []
  let busy = 0
  let rest
  function settle(script, isBusy, end = script.end) {
    script.end = end
    if (script.isBusy === isBusy) return
    script.isBusy = isBusy
    busy += isBusy ? 1 : -1
    clearTimeout(script.alarm)
    if (isBusy && budget !== Infinity) script.alarm = setTimeout(() => dispose(script), PATIENCE)
    if (busy === 0) rest?.()
  }
  function dispose(script) {
    settle(script, false, 'it was disposed of')
    script.isolate.dispose()
  }
  const atRest = () => new Promise(resolve => (busy === 0 ? resolve() : (rest = resolve)))
  const timeout = budget === Infinity ? undefined : budget
  function add(source) {
    const isolate = new ivm.Isolate({ memoryLimit: 8 })
    const script = { isolate, isBusy: false, wake: undefined, end: undefined, alarm: undefined }
    scripts.push(script)
    const context = isolate.createContextSync()
    const call = new ivm.Reference((name, number) => {
      if (name === 'ask') {
        onAsk?.()
        return number + 1
      }
      return new Promise(resolve => {
        script.wake = resolve
        settle(script, false)
      })
    })
    context.global.setSync('call', call)
    settle(script, true)
    context.eval(`${prelude};(async () => {${source}\n})()`, { timeout, promise: true }).then(
      () => settle(script, false, 'it is done'),
      error => settle(script, false, script.end ?? error.message),
    )
    return script
  }
  return {
    add,
    async tick() {
      await atRest()
      for (const script of scripts) {
        const { wake } = script
        if (wake === undefined || script.end !== undefined) continue
        script.wake = undefined
        settle(script, true)
        wake()
      }
      await atRest()
    },
    ready: atRest,
    endOf: script => script.end,
    close() {},
  }
}
