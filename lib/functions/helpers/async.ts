// Async functions and async generators, for code that was compiled for a language without them.
//
// Compilers turn these functions into plain generators and drive them from outside. This is that outside: one driver
// each, for the dialects of esbuild, SWC and Babel, with the order of steps the language prescribes.
//
// `__asyncGenerator`, by that name alone, may be esbuild's or TypeScript's. It runs here: esbuild leaves it to the helper
// to await what is yielded, and the one in tslib does not.

type Anything = any
type Body = (...args: Anything[]) => Generator<Anything, Anything, Anything>
type Arguments = ArrayLike<unknown> | null | undefined
type Iteration = { done?: boolean; value: Anything }
type Method = 'next' | 'throw' | 'return'

/** Runs a generator as an async function: `yield` is its `await`. */
export function async(self: unknown, args: Arguments, body: Body): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const running = Reflect.apply(body, self, args ?? [])
    const advance = (method: 'next' | 'throw', value?: unknown) => {
      try {
        const step = running[method](value)
        if (step.done) resolve(step.value)
        else Promise.resolve(step.value).then(proceed, fail)
      } catch (error) {
        reject(error)
      }
    }
    const proceed = (value: unknown) => advance('next', value)
    const fail = (error: unknown) => advance('throw', error)
    advance('next')
  })
}

/** What stands for `await` in a lowered async generator. */
class AwaitMark {
  constructor(
    readonly value: unknown,
    readonly isStep: boolean,
  ) {}
}

/** The same as a function: esbuild says `new`, TypeScript does not. */
export const awaitMark: Anything = new Proxy(AwaitMark, {
  apply: (mark, _self, [value]) => new mark(value, false),
})

/** Runs a generator as an async generator: a yielded mark is its `await`, everything else its `yield`. */
export function asyncGenerator(self: unknown, args: Arguments, body: Body): Anything {
  const running = Reflect.apply(body, self, args ?? [])
  let last: Promise<unknown> = Promise.resolve()
  const queued = (method: Method) => (value: unknown) => {
    const answer = last.then(() => runToYield(running, method, value))
    last = answer.catch(() => {})
    return answer
  }
  const methods = { next: queued('next'), throw: queued('throw'), return: queued('return') }
  return iterator(Symbol.asyncIterator, methods)
}

async function runToYield(running: Generator, method: Method, sent: unknown): Promise<Iteration> {
  for (;;) {
    const { value, done } = running[method](sent as never)
    const mark = value instanceof AwaitMark ? value : undefined
    try {
      const settled: Anything = await (mark ? mark.value : value)
      if (!mark) return { value: settled, done: done ?? false }
      sent = mark.isStep ? { done: settled.done, value: settled.value } : settled
      // A `return` that is being delegated must reach the delegate as one again.
      if (!mark.isStep || method !== 'return') method = 'next'
    } catch (error) {
      // A promise that was returned has no generator left to be thrown into.
      if (done) throw error
      method = 'throw'
      sent = error
    }
  }
}

/** What `yield*` of an async generator iterates: a step of the delegate goes out as a mark, and comes back awaited. */
export function delegating(delegate: Anything): Anything {
  let isAwaited = false
  const forward = (method: string) => (value: unknown) => {
    isAwaited = !isAwaited
    if (isAwaited) return { done: false, value: new AwaitMark(delegate[method](value), true) }
    if (method === 'throw') throw value
    return value
  }
  return iterator(Symbol.iterator, { throw: raise, ...forEachMethod(delegate, forward) })
}

/** The same, for everything that can be iterated. */
export function yieldStar(source: Anything): Anything {
  return source[Symbol.asyncIterator] ? delegating(source[Symbol.asyncIterator]()) : source[Symbol.iterator]()
}

/** What `for await` iterates. */
export function asyncIterable(source: Anything): Anything {
  if (source[Symbol.asyncIterator]) return source[Symbol.asyncIterator]()
  const steps = source[Symbol.iterator]()
  const settle = async (step: Iteration) => ({ value: await step.value, done: step.done })
  const forward = (method: string) => async (value: unknown) => settle(steps[method](value))
  return iterator(Symbol.asyncIterator, forEachMethod(steps, forward))
}

function forEachMethod(of: Anything, make: (method: string) => unknown): object {
  const present = ['next', 'throw', 'return'].filter(method => of[method])
  return Object.fromEntries(present.map(method => [method, make(method)]))
}

function iterator(symbol: symbol, methods: object): Anything {
  return Object.defineProperty(methods, symbol, { value: () => methods })
}

function raise(error: unknown): never {
  throw error
}
