// Async functions, async generators and generators, for code that was compiled for a language without them.
//
// Compilers turn these functions into plain generators, or into a switch over labels, and drive them from
// outside. This is that outside: one driver each, for the dialects of esbuild, TypeScript, SWC and Babel,
// with the order of steps the language prescribes.
//
// Refuses to be fast: a source compiled for the Node that runs it never comes here.

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

/** The same, for esbuild, which says `new`, and for TypeScript, which does not. */
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

/** The same, for whatever can be iterated. */
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

/** What is asked and answered: 0 next, 1 throw, 2 return, 3 break, 4 yield, 5 yield*, 6 catch, 7 end finally. */
type Op = [what: number, value?: Anything]

/** Where a generator stands: its label, its open `try`s as [start, catch, finally, end], its pending ends. */
class LabelState {
  label = 0
  trys: number[][] = []
  ops: Op[] = []
  #sent: Op = [0]

  /** Called by the body for what it was resumed with. */
  sent(): unknown {
    return this.#sent[0] & 1 ? raise(this.#sent[1]) : this.#sent[1]
  }

  /** Moves to the label where the body goes on; false when the block it is in has to be left first. */
  enter(op: Op): boolean {
    const [what, value] = op
    const [start, onCatch, onFinally, end] = this.trys.at(-1) ?? []
    if (what <= 1) {
      this.#sent = op
    } else if (what === 3 && (start === undefined || (value > start && value < end!))) {
      this.label = value
    } else if (what === 6 && onCatch && this.label < onCatch) {
      this.label = onCatch
      this.#sent = op
    } else if (onFinally && this.label < onFinally) {
      this.label = onFinally
      this.ops.push(op)
    } else {
      if (onFinally) this.ops.pop()
      this.trys.pop()
      return false
    }
    return true
  }

  /** Leaves a `finally` for what it had interrupted. */
  endFinally(): Op {
    this.trys.pop()
    return this.ops.pop()!
  }
}

/** Runs a generator as TypeScript lowers it for ES5: `body` is one switch over labels. */
export function generator(self: unknown, body: (state: LabelState) => Op): Anything {
  const state = new LabelState()
  let delegate: Anything
  let isFresh = true
  let isDone = false
  const run = (op: Op): Iteration => {
    // Before its first step a generator has no block that could see a throw or a return.
    if (isFresh && op[0] !== 0) isDone = true
    isFresh = false
    while (!isDone) {
      try {
        const step: Iteration | undefined = delegate && passOn(delegate, op)
        if (step && !step.done) return step
        delegate = undefined
        if (step) op = [op[0] & 2, step.value]
        if (op[0] === 4) return { value: op[1], done: (state.label++, false) }
        if (op[0] === 5) [delegate, op] = [op[1], (state.label++, [0])]
        else if (op[0] === 7) op = state.endFinally()
        else if (state.trys.length === 0 && (op[0] === 2 || op[0] === 6)) isDone = true
        else if (state.enter(op)) op = body.call(self, state)
      } catch (error) {
        delegate = undefined
        op = [6, error]
      }
    }
    if (op[0] & 5) throw op[1]
    return { value: op[0] ? op[1] : undefined, done: true }
  }
  const verb = (what: number) => (value: unknown) => run([what, value])
  return iterator(Symbol.iterator, { next: verb(0), throw: verb(1), return: verb(2) })
}

/** Hands a step on to the iterator of a `yield*`; undefined where that one has no such method. */
function passOn(delegate: Anything, [what, value]: Op): Iteration | undefined {
  if (what === 1 && !delegate.throw) return void delegate.return?.()
  return delegate[what & 2 ? 'return' : what ? 'throw' : 'next']?.(value)
}
