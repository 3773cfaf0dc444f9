// How errors cross: with their class, name, message, stack, cause, errors, code and other own fields.
//
// Promises: what arrives is a real Error, of the nearest class that `registerError` knows on both sides, else of
// the nearest built-in ancestor; no constructor of a user runs. A field keeps its enumerability. A leniently
// written error always arrives: what in it cannot cross is left out.
// Refuses, when not lenient, a field or cause that cannot cross, as anywhere else in a value.

import { filtered, indexIn, mapped, sliced } from '../methods.js'
import { inspect } from 'node:util'
import { isError, isProxy, prototypesOf } from '../brands.js'
import { CancelledError, keepOrigin, originOf, registeredClass, registeredName } from '../errors.js'
import type { ErrorClass } from '../errors.js'
import { headOf, stackOf } from '../stack.js'
import { scratch } from './scratch.js'
import { readers, type Reader } from './reader.js'
import { messageOfDOM, nameOfDOM } from './slots.js'
import { Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

const builtinNames = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
]
const builtins = builtinNames.map(name => ((globalThis as Record<string, unknown>)[name] ?? Error) as ErrorClass)

const builtinPrototypes = builtins.map(({ prototype }) => prototype)

/** What errors carry without showing it in a list of their fields. `stack` has its own place. */
const hiddenNames = ['message', 'cause', 'errors', 'error', 'suppressed', 'name', 'code'] as const
/** What an error may have from its class instead. */
const inheritedNames = ['message', 'name', 'code'] as const
const longestStandIn = 10_000
/** The name of the class whose errors carry who was cancelled; see `cancellationOf`. */
const cancelled = CancelledError.name

function writeError(writer: Writer, error: Error): void {
  const { builtin, registered } = classOf(error)
  scratch.byte(Tag.Error)
  scratch.byte(builtin)
  writer.value(registered)
  if (registered === cancelled) writer.value(originOf(error))
  writeBody(writer, error)
}

function writeDOMException(writer: Writer, error: DOMException): void {
  scratch.byte(Tag.DOMException)
  scratch.string(messageOfDOM(error))
  scratch.string(nameOfDOM(error))
  writeBody(writer, error)
}

function writeBody(writer: Writer, error: Error): void {
  const fields = filtered(Object.keys(error), name => name !== 'stack')
  const hidden = filtered(hiddenNames, name => Object.hasOwn(error, name) && indexIn(fields, name) < 0)
  const inherited = filtered(inheritedNames, name => !Object.hasOwn(error, name) && isText(peek(error, name)))
  writer.value(stackOf(error))
  const all = [hidden, inherited, fields]
  for (let i = 0; i < all.length; i++) {
    if (writer.isLenient) writeWhatCan(writer, error, all[i]!)
    else writer.fields(error, all[i]!)
  }
}

/** As `writer.fields`, but leaves out what cannot be read or cannot cross. */
function writeWhatCan(writer: Writer, error: Error, names: readonly string[]): void {
  const level = writer.enter()
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const mark = writer.mark()
    try {
      const value = (error as unknown as Record<string, unknown>)[name]
      writer.step(level, name)
      scratch.string(name)
      writer.value(name === 'errors' && Array.isArray(value) ? mapped(value, each => crossable(writer, each)) : value)
    } catch {
      writer.backTo(mark)
    }
  }
  writer.leave(level)
  scratch.byte(Tag.End)
}

/** A thrown value as it is, or what stands for it: by position in a list, it cannot be left out. */
function crossable(writer: Writer, thrown: unknown): unknown {
  if (isError(thrown)) return thrown
  const mark = writer.mark()
  try {
    writer.value(thrown)
    return thrown
  } catch {
    return standIn(thrown)
  } finally {
    writer.backTo(mark)
  }
}

/** An Error that shows what was thrown in its place and could not cross. */
export function standIn(thrown: unknown): Error {
  const error = bareError(Error)
  define(error, 'message', sliced(shown(thrown), 0, longestStandIn))
  setStack(error, headOf(error))
  return error
}

function shown(value: unknown): string {
  try {
    return isError(value) ? `${value.name}: ${value.message}` : inspect(value, { customInspect: !isProxy(value) })
  } catch {
    return 'Something was thrown that cannot even be shown.'
  }
}

function classOf(error: Error): { builtin: number; registered: string | undefined } {
  let registered: string | undefined
  const links = prototypesOf(error)
  for (let i = 0; i < links.length; i++) {
    const link = links[i]!
    registered ??= registeredName(link)
    const builtin = indexIn(builtinPrototypes, link)
    if (builtin >= 0) return { builtin, registered }
  }
  return { builtin: foreignBuiltin(error), registered }
}

/** Errors of another realm (vm, jest) are told by the name of the first class that has a built-in's. */
function foreignBuiltin(error: Error): number {
  const links = prototypesOf(error)
  for (let i = 0; i < links.length; i++) {
    const builtin = indexIn(builtinNames, Object.getOwnPropertyDescriptor(links[i]!, 'name')?.value)
    if (builtin >= 0) return builtin
  }
  return 0
}

function peek(error: Error, name: (typeof inheritedNames)[number]): unknown {
  try {
    return (error as Error & { code?: unknown })[name]
  } catch {
    return undefined
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

function readError(reader: Reader): Error {
  const builtin = builtins[reader.byte()]!
  const registered = reader.value() as string | undefined
  const errorClass = registered === undefined ? undefined : registeredClass(registered)
  const origin = registered === cancelled ? (reader.value() as number | undefined) : undefined
  const error = reader.keep(bareError(errorClass ?? builtin))
  if (origin !== undefined) keepOrigin(error, origin)
  return readBody(reader, error)
}

function readDOMException(reader: Reader): Error {
  const message = reader.text()
  return readBody(reader, reader.keep(new DOMException(message, reader.text())))
}

function readBody(reader: Reader, error: Error): Error {
  const stack = reader.value() as string | undefined
  readFields(reader, (name, value) => define(error, name, value))
  readFields(reader, (name, value) => {
    if (peek(error, name as 'name') !== value) define(error, name, value)
  })
  readFields(reader, (name, value) => define(error, name, value, true))
  const isHeadShowable = filtered(inheritedNames, name => !isShowable(peek(error, name))).length === 0
  setStack(error, stack ?? (isHeadShowable ? headOf(error) : 'Error'))
  return error
}

/** Whether it is shown without a call of its own methods. */
function isShowable(value: unknown): boolean {
  return value === undefined || isText(value)
}

function readFields(reader: Reader, take: (name: string, value: unknown) => void): void {
  for (let name = reader.name(); name !== undefined; name = reader.name()) take(name, reader.value())
}

/** Sets how many frames stacks have from now on, and returns how many they had; a program may not let us. */
function limitStacks(limit: unknown): unknown {
  try {
    const before = Error.stackTraceLimit
    Reflect.set(Error, 'stackTraceLimit', limit)
    return before
  } catch {
    return limit
  }
}

/** An Error of this class whose constructor has not run, and for which no stack has been taken. */
function bareError(errorClass: ErrorClass): Error {
  const limit = limitStacks(0)
  try {
    return Reflect.construct(Error, [], errorClass) as Error
  } finally {
    limitStacks(limit)
  }
}

/** To define the stack of an error makes V8 format the one it has, which may run into the program's own code. */
function setStack(error: Error, stack: string): void {
  try {
    Reflect.set(error, 'stack', stack)
  } catch {
    // A setter of the program's own.
  }
  define(error, 'stack', stack)
}

function define(target: object, name: string, value: unknown, enumerable = false): void {
  const field = { __proto__: null, value, enumerable, writable: true, configurable: true }
  Object.defineProperty(target, name, field as PropertyDescriptor)
}

writers.error = writeError
writers.domException = writeDOMException
readers[Tag.Error] = readError
readers[Tag.DOMException] = readDOMException
