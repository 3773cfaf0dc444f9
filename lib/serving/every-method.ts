// Objects that have a method of nearly every name.
//
// Promises that each method is made once, so calling it costs no more than calling any other; and that such an object has
// no `then`, which would make it a promise, and no `toJSON`.

import { atCaller } from '../stack.js'

/**
 * Gives a prototype a prototype that makes a method for every name it is asked for and that `known` does not have. Each
 * method is made once, so calling it costs no more than calling any other.
 */
export function withMethods(prototype: object, parent: object, known: object, make: (name: string) => Function): void {
  const methods: object = Object.create(
    new Proxy(Object.create(parent) as object, {
      get(target, name, receiver) {
        // What every object has, and what would make a promise or a text of a client.
        if (typeof name === 'symbol' || name in known || name === 'then' || name === 'toJSON') {
          return Reflect.get(target, name, receiver) as unknown
        }
        const method = make(name)
        Object.defineProperty(method, 'name', { __proto__: null, value: name } as PropertyDescriptor)
        const field = { __proto__: null, value: method, configurable: true, writable: true }
        Object.defineProperty(methods, name, field as PropertyDescriptor)
        return method
      },
    }),
  ) as object
  Object.setPrototypeOf(prototype, methods)
}

/** What a method throws, or rejects with, that was called without its object. */
export function detached(name: string): TypeError {
  const message = `'${name}' was called without its client; call it as client.${name}(…).`
  return atCaller(Object.assign(new TypeError(message), { code: 'ERR_INVALID_THIS' }))
}
