// How errors cross: with their class, name, message, stack, cause, errors, code and other own fields.
//
// Promises: what arrives is a real Error, of the nearest class that `registerError` knows on both sides, else of
// the nearest built-in ancestor; no constructor of a user runs. A field keeps its enumerability. A leniently
// written error always arrives: what in it cannot cross is left out.
// Refuses, when not lenient, a field or cause that cannot cross, as anywhere else in a value.

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
  const fields = Object.keys(error).filter(name => name !== 'stack')
  const hidden = hiddenNames.filter(name => Object.hasOwn(error, name) && !fields.includes(name))
  const inherited = inheritedNames.filter(name => !Object.hasOwn(error, name) && isText(peek(error, name)))
  writer.value(stackOf(error))
  for (const names of [hidden, inherited, fields]) {
    if (writer.isLenient) writeWhatCan(writer, error, names)
    else writer.fields(error, names)
  }
}

/** As `writer.fields`, but leaves out what cannot be read or cannot cross. */
function writeWhatCan(writer: Writer, error: Error, names: readonly string[]): void {
  const level = writer.enter()
  for (const name of names) {
    const mark = writer.mark()
    try {
      const value = (error as unknown as Record<string, unknown>)[name]
      writer.step(level, name)
      scratch.string(name)
      writer.value(name === 'errors' && Array.isArray(value) ? value.map(each => crossable(writer, each)) : value)
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
  define(error, 'message', shown(thrown).slice(0, longestStandIn))
  define(error, 'stack', headOf(error))
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
  for (const link of prototypesOf(error)) {
    registered ??= registeredName(link)
    const builtin = builtins.findIndex(({ prototype }) => prototype === link)
    if (builtin >= 0) return { builtin, registered }
  }
  return { builtin: foreignBuiltin(error), registered }
}

/** Errors of another realm (vm, jest) are told by the name of the first class that has a built-in's. */
function foreignBuiltin(error: Error): number {
  for (const link of prototypesOf(error)) {
    const builtin = builtinNames.indexOf(Object.getOwnPropertyDescriptor(link, 'name')?.value)
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
  define(
    error,
    'stack',
    stack ?? (inheritedNames.every(name => isShowable(peek(error, name))) ? headOf(error) : 'Error'),
  )
  return error
}

/** Whether it is shown without a call of its own methods. */
function isShowable(value: unknown): boolean {
  return value === undefined || isText(value)
}

function readFields(reader: Reader, take: (name: string, value: unknown) => void): void {
  for (let name = reader.name(); name !== undefined; name = reader.name()) take(name, reader.value())
}

/** An Error of this class whose constructor has not run, and for which no stack has been taken. */
function bareError(errorClass: ErrorClass): Error {
  const limit = Error.stackTraceLimit
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return Reflect.construct(Error, [], errorClass) as Error
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}

function define(target: object, name: string, value: unknown, enumerable = false): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true })
}

writers.error = writeError
writers.domException = writeDOMException
readers[Tag.Error] = readError
readers[Tag.DOMException] = readDOMException
