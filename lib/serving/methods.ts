// The methods of an interface, as types: for clients, for straight-line scripts, for the server and its handlers.
//
// Promises that an interface may have properties and private names besides: only its callable methods are seen.

/** A function of any kind. */
type AnyFunction = (...args: never[]) => unknown

/** What every client has beside the methods of its server's interface. */
export type ClientName = 'delay' | 'execute' | 'id' | 'nextTick' | 'now' | 'sync' | 'with'

/** Names no method of an interface can have: those of every client, of every object, and what a promise would have. */
type ReservedName = ClientName | keyof typeof Object.prototype | 'then' | 'toJSON'

/** The names of an interface's methods that clients can call. */
export type MethodName<A> = {
  [K in keyof A]-?: K extends string
    ? NonNullable<A[K]> extends AnyFunction
      ? Exclude<K, ReservedName>
      : never
    : never
}[keyof A] &
  string

/** Where nothing is known of a method, it takes and gives anything. */
type IsAny<F> = 0 extends 1 & F ? true : false
export type Arguments<F> =
  IsAny<F> extends true ? any[] : NonNullable<F> extends (...args: infer P) => unknown ? P : never
export type Result<F> =
  IsAny<F> extends true ? any : NonNullable<F> extends (...args: never[]) => infer R ? Awaited<R> : never

/** An interface as its clients see it: every method resolves. */
export type Methods<A> = { readonly [K in MethodName<A>]: (...args: Arguments<A[K]>) => Promise<Result<A[K]>> }

/** An interface as straight-line scripts see it: every method blocks. */
export type SyncMethods<A> = { readonly [K in MethodName<A>]: (...args: Arguments<A[K]>) => Result<A[K]> }

/** One call, as the server sees it; `switch (request.fun)` narrows `request.args`. */
export type ExecutionRequest<A = any> = {
  [K in MethodName<A>]: {
    /** The method that was called. */
    readonly fun: K
    /** Copies of what it was called with. */
    readonly args: Arguments<A[K]>
    /** The client that asks: its name, where `createClient` has given it one, else its number, `client.id`. */
    readonly client: string | number
    /** The name of the task that asks; undefined where the call comes from outside of tasks. */
    readonly task: string | undefined
    /** Whether the client has given the call up, or the server has ended: what the future is given will not be seen. */
    readonly cancelled: boolean
  }
}[MethodName<A>]

/** The functions that answer an interface's methods; one that returns a promise answers when that is settled. */
export type Handlers<A> = {
  [K in MethodName<A>]?: 0 extends 1 & A[K]
    ? (...args: any[]) => any
    : NonNullable<A[K]> extends (...args: infer P) => infer R
      ? (...args: P) => Awaited<R> | PromiseLike<Awaited<R>>
      : never
}
