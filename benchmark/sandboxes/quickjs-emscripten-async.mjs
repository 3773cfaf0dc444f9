// The rival quickjs-emscripten in its other variant: a module with a memory of its own for each script, whose calls of the
// host suspend the whole module until they are answered. A script is in straight-line style there, without `await`.

import { rival } from './install.mjs'

export const about = 'quickjs-emscripten, an asyncify module each'
export const mostScripts = 100

export async function open({ budget, onAsk }) {
  const { newAsyncContext } = await rival('quickjs-emscripten')
  const scripts = []
  let busy = 0
  let rest
  const atRest = () => new Promise(resolve => (busy === 0 ? resolve() : (rest = resolve)))
  function settle(isBusy) {
    busy += isBusy ? 1 : -1
    if (busy === 0) rest?.()
  }
  function makeHost(script) {
    const { context } = script
    const host = context.newObject()
    const methods = {
      async ask(number) {
        const value = context.getNumber(number) + 1
        onAsk?.()
        await undefined
        return context.newNumber(value)
      },
      async nextTick() {
        settle(false)
        await new Promise(resolve => (script.wake = resolve))
        script.due = performance.now() + budget
        return context.undefined
      },
    }
    for (const [name, method] of Object.entries(methods)) {
      context.newAsyncifiedFunction(name, method).consume(handle => context.setProp(host, name, handle))
    }
    context.setProp(context.global, 'host', host)
    host.dispose()
  }
  return {
    async add(source) {
      const context = await newAsyncContext()
      const script = { context, wake: undefined, end: undefined, due: performance.now() + budget }
      scripts.push(script)
      context.runtime.setMemoryLimit(8 * 2 ** 20)
      context.runtime.setInterruptHandler(() => performance.now() > script.due)
      makeHost(script)
      settle(true)
      const straight = source.replaceAll('await ', '')
      context.evalCodeAsync(straight).then(({ error }) => {
        const { name, message } = error ? context.dump(error) : { name: 'it is done' }
        script.end = message === 'interrupted' ? 'it was interrupted' : (name ?? 'it failed')
        settle(false)
      })
      return script
    },
    async tick() {
      for (const script of scripts) {
        const { wake } = script
        if (wake === undefined || script.end !== undefined) continue
        script.wake = undefined
        settle(true)
        wake()
      }
      await atRest()
    },
    ready: atRest,
    endOf: script => script.end,
    close() {},
  }
}
