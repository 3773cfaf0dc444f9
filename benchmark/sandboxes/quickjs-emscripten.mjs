// The rival quickjs-emscripten: a runtime of QuickJS for each script, all in the memory of one WebAssembly module, on the
// main thread. Limits of memory and stack, and an interrupt handler that looks at the clock. Calls are answered at once.

import { rival } from './install.mjs'

export const about = 'quickjs-emscripten, a runtime each'

export async function open({ budget, onAsk }) {
  const { getQuickJS } = await rival('quickjs-emscripten')
  const quickjs = await getQuickJS()
  let sleepers = []
  let due = Infinity

  /** Runs what a script has to run, for as long as its turn may take. */
  function run(script) {
    due = performance.now() + budget
    const { error } = script.runtime.executePendingJobs()
    if (error) end(script, error)
  }
  function end(script, error) {
    const { name, message } = script.context.dump(error)
    error.dispose()
    script.end ??= message === 'interrupted' ? 'it was interrupted' : (name ?? 'it failed')
  }
  function makeHost(script) {
    const { context } = script
    const host = context.newObject()
    const methods = {
      ask(number) {
        onAsk?.()
        return context.newNumber(context.getNumber(number) + 1)
      },
      nextTick() {
        const promise = context.newPromise()
        sleepers.push({ script, promise })
        return promise.handle
      },
    }
    for (const [name, method] of Object.entries(methods)) {
      context.newFunction(name, method).consume(handle => context.setProp(host, name, handle))
    }
    context.setProp(context.global, 'host', host)
    host.dispose()
  }
  return {
    add(source) {
      const runtime = quickjs.newRuntime({ memoryLimitBytes: 8 * 2 ** 20, maxStackSizeBytes: 256 * 1024 })
      const script = { runtime, context: runtime.newContext(), end: undefined }
      runtime.setInterruptHandler(() => performance.now() > due)
      makeHost(script)
      due = performance.now() + budget
      const { error, value } = script.context.evalCode(`(async () => {${source}\n})()`)
      if (error) end(script, error)
      else {
        const settled = script.context.resolvePromise(value)
        settled.then(({ error }) => (error ? end(script, error) : (script.end ??= 'it is done')))
        value.dispose()
      }
      run(script)
      return script
    },
    async tick() {
      const woken = sleepers
      sleepers = []
      for (const { script, promise } of woken) {
        if (script.end !== undefined) continue
        promise.resolve(script.context.undefined)
        promise.dispose()
        run(script)
      }
      await undefined // What has ended is told by promises.
    },
    endOf: script => script.end,
    close() {},
  }
}
