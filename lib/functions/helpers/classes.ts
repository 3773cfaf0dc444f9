// Class members, inheritance and decorators, for code that was compiled for a language without them.
//
// Private members live in WeakMaps and WeakSets beside the class (esbuild), `super` becomes a look-up in a prototype, a
// derived class a function (SWC, Babel). Each function here is one contract of one or more compilers, named for what it
// does; `table.ts` knows what they call it.
//
// Refuses decorators of the standard, and the private fields of SWC and Babel.

/** The class that users see; ours is another (`globals.ts`). */
const { WeakSet: UsersWeakSet } = globalThis

type Anything = any

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object

export function privateAdd(object: object, members: Anything, value: unknown): void {
  if (members.has(object)) throw new TypeError('Cannot add the same private member more than once')
  if (members instanceof UsersWeakSet) members.add(object)
  else members.set(object, value)
}

function demandMember(object: object, members: Anything): void {
  if (!members.has(object))
    throw new TypeError('Cannot access a private member of an object whose class did not declare it')
}

export function privateGet(object: object, members: Anything, getter?: () => unknown): unknown {
  demandMember(object, members)
  return getter ? getter.call(object) : members.get(object)
}

export function privateSet(
  object: object,
  members: Anything,
  value: unknown,
  setter?: (value: unknown) => void,
): unknown {
  demandMember(object, members)
  if (setter) setter.call(object, value)
  else members.set(object, value)
  return value
}

export function privateMethod(object: object, members: Anything, method: unknown): unknown {
  demandMember(object, members)
  return method
}

export function privateIn(members: Anything, object: unknown): boolean {
  if (Object(object) !== object) throw new TypeError('Cannot use the "in" operator on this value')
  return members.has(object)
}

export function privateWrapper(object: object, members: Anything, setter?: Anything, getter?: Anything): object {
  return {
    get _() {
      return privateGet(object, members, getter)
    },
    set _(value) {
      privateSet(object, members, value, setter)
    },
  }
}

export function superGet(base: object, object: object, key: PropertyKey): unknown {
  return Reflect.get(getPrototypeOf(base), key, object)
}

export function superSet(base: object, object: object, key: PropertyKey, value: unknown): unknown {
  Reflect.set(getPrototypeOf(base), key, value, object)
  return value
}

export function superWrapper(base: object, object: object, key: PropertyKey): object {
  return {
    get _() {
      return superGet(base, object, key)
    },
    set _(value) {
      superSet(base, object, key, value)
    },
  }
}

export function inherits(derived: Anything, base: Anything): void {
  if (base !== null && typeof base !== 'function')
    throw new TypeError('Class extends value is not a constructor or null')
  if (base) Object.setPrototypeOf(derived, base)
  derived.prototype = Object.create(base?.prototype ?? null, {
    constructor: { value: derived, writable: true, configurable: true },
  })
}

export function classCallCheck(instance: unknown, constructor: Anything): void {
  if (!(instance instanceof constructor)) throw new TypeError('Cannot call a class as a function')
}

export function createClass(constructor: Anything, methods?: Anything[] | null, statics?: Anything[] | null): Anything {
  const add = (target: object, list?: Anything[] | null) => {
    for (const { key, ...descriptor } of list ?? []) {
      if ('value' in descriptor) descriptor.writable = true
      defineProperty(target, key, { ...descriptor, enumerable: descriptor.enumerable ?? false, configurable: true })
    }
  }
  add(constructor.prototype, methods)
  add(constructor, statics)
  return defineProperty(constructor, 'prototype', { writable: false })
}

export function returned(self: unknown, result: unknown): unknown {
  if (Object(result) === result) return result
  if (result !== undefined) throw new TypeError('Derived constructors may only return object or undefined')
  return initialized(self)
}

export function initialized(self: unknown): unknown {
  if (self === undefined) throw new ReferenceError("this hasn't been initialised - super() hasn't been called")
  return self
}

export function callSuper(self: object, derived: Anything, args?: ArrayLike<unknown>): unknown {
  return Reflect.construct(getPrototypeOf(derived), args ?? [], getPrototypeOf(self).constructor)
}

/** Decorators as TypeScript had them first; `kind` is esbuild's: none for classes, 1 for methods, 2 for fields. */
export function decorateClass(decorators: Anything[], target: Anything, key?: PropertyKey, kind?: number): unknown {
  let result = kind === undefined ? target : kind === 1 ? getOwnPropertyDescriptor(target, key!) : undefined
  for (const decorator of decorators.toReversed()) {
    if (decorator) result = (kind === undefined ? decorator(result) : decorator(target, key, result)) || result
  }
  if (kind !== undefined && result) defineProperty(target, key!, result)
  return result
}

export function decorateParam(index: number, decorator: Anything): Anything {
  return (target: unknown, key: unknown) => decorator(target, key, index)
}
