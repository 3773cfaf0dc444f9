// Sandboxed scripts of this package, as the benchmark asks for them: see program.mjs for what a sandbox has to offer.

import { Server } from 'threaded-async'

export const about = 'threaded-async'

export function open({ threads = 1, isLong = false, onAsk }) {
  const handlers = {
    ask(number) {
      onAsk?.()
      return number + 1
    },
  }
  // A failed script is looked at by `endOf`.
  const server = new Server({ handlers, scriptThreads: threads, onTaskError: () => {} })
  const limits = isLong ? { turnBudget: 1e12, tickBudget: 1e12, turnTime: 60_000 } : {}
  return {
    server,
    add: source => server.createScript(source, { memoryLimit: 8 * 2 ** 20, ...limits }),
    tick() {
      server.tick()
      server.processAll()
    },
    endOf(script) {
      if (!script.done()) return undefined
      try {
        script.wait()
        return 'it is done'
      } catch (error) {
        return error.code ?? error.name
      }
    },
    ready: () => server.settle(),
    close: () => server.close(),
  }
}
