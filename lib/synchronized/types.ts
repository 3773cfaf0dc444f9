// The types of a module whose functions block.
//
// Promises that what is copied keeps its type, that a function which resolves with a value returns that value, and that
// the same holds for the methods of objects that stay on the loop.

/** What crosses as a copy of the same type. */
type Copied =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | Error
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView

/** A value as it comes from the loop. */
export type Synchronized<T> = 0 extends 1 & T
  ? any
  : T extends Copied
    ? T
    : T extends PromiseLike<infer V>
      ? Synchronized<Awaited<V>>
      : T extends (abstract new (...args: any) => any) | ((...args: any) => any)
        ? SynchronizedFunction<T>
        : T extends ReadonlyMap<any, any> | ReadonlySet<any>
          ? T
          : T extends AsyncIterable<infer V>
            ? SynchronizedMembers<T> & Iterable<Synchronized<V>>
            : T extends readonly unknown[]
              ? { [K in keyof T]: Synchronized<T[K]> }
              : T extends object
                ? SynchronizedMembers<T>
                : T

type SynchronizedMembers<T> = {
  -readonly [K in keyof T as K extends string ? K : never]: Synchronized<T[K]>
} & (T extends {
  [Symbol.iterator](): Iterator<infer V>
}
  ? Iterable<Synchronized<V>>
  : unknown) &
  (T extends { [Symbol.dispose](): unknown } | { [Symbol.asyncDispose](): unknown } ? Disposable : unknown)

type SynchronizedFunction<F> = (F extends (...args: infer A) => infer R
  ? (...args: A) => Synchronized<Awaited<R>>
  : unknown) &
  (F extends new (...args: infer A) => infer R ? new (...args: A) => Synchronized<R> : unknown) &
  SynchronizedMembers<Omit<F, 'prototype'>>

/** A module as `synchronized` gives it: async functions block, and the module can be closed. */
export type SynchronizedModule<M> = Omit<SynchronizedMembers<M>, 'then'> & Disposable
