// What compilers put around a function, so that it works without the file it was compiled in.
//
// esbuild, TypeScript, SWC, Babel and istanbul replace syntax by calls of helpers that stand at the top of the file or in
// a package. A function whose source travels leaves them behind and finds these instead: TypeScript's are those of tslib,
// loaded when a function first needs one, the others are written here for the Node versions this package runs on.
//
// Refuses names that users are likely to have chosen themselves (`_get`, `_set`), decorators of the standard, and the
// private fields of SWC and Babel: a program that lowers these for Node 20 can be compiled for a newer target.

import * as classes from './classes.js'
import * as lowered from './async.js'

type Anything = any
type Resource = { dispose?: () => unknown; value?: unknown; isAsync?: boolean }

const { defineProperty, getOwnPropertyDescriptors, getPrototypeOf } = Object
const { propertyIsEnumerable } = Object.prototype

/** TypeScript's helpers, without `__asyncGenerator`, `__await` and `__asyncDelegator`: see `async.ts`. */
const inTslib = new Set(
  (
    '__addDisposableResource __assign __asyncValues __awaiter __classPrivateFieldGet __classPrivateFieldIn ' +
    '__classPrivateFieldSet __decorate __disposeResources __extends __generator __importDefault __importStar ' +
    '__makeTemplateObject __metadata __param __propKey __read __rest __setFunctionName __spreadArray __values'
  ).split(' '),
)

/** Returns whether there is a helper of this name. */
export function isHelper(name: string): boolean {
  return Object.hasOwn(table, name) || inTslib.has(name)
}

/** Returns a helper by its canonical name. */
export function compilerHelper(canonical: string): Anything {
  // Bound, as tslib is shared with the user's modules, and what follows is not for them.
  const helper: Anything = inTslib.has(canonical) ? tslib()[canonical].bind(undefined) : table[canonical]
  // `_` and `default` are how the modules of @swc/helpers and @babel/runtime export theirs.
  return typeof helper === 'function' ? Object.assign(helper, { _: helper, default: helper }) : helper
}

let loaded: Readonly<Record<string, Anything>> | undefined

/** Returns what an import of `tslib` stands for. Loading it makes globals of all its functions: they are taken back. */
export function tslib(): Readonly<Record<string, Anything>> {
  if (loaded !== undefined) return loaded
  const before = new Set(Object.keys(globalThis))
  loaded = require('tslib') as typeof import('tslib')
  for (const name of Object.keys(loaded)) if (!before.has(name)) Reflect.deleteProperty(globalThis, name)
  return loaded
}

/** Returns what stands for a coverage counter of istanbul, `cov_…`, which counts nothing here. */
export function coverageCounter(): () => unknown {
  const zeros: object = new Proxy({}, { get: () => 0, set: () => true })
  const branches = new Proxy({}, { get: () => zeros })
  const counter = { f: zeros, s: zeros, b: branches, bT: branches }
  return () => counter
}

// Objects and lists

function define(target: Anything, key: PropertyKey, value: unknown): Anything {
  return defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

function copy(target: object, source: Anything, excluded: readonly PropertyKey[] = []): object {
  for (const key of source == null ? [] : Reflect.ownKeys(source)) {
    const isTaken = propertyIsEnumerable.call(source, key) && !excluded.includes(key)
    if (isTaken) define(target, key, source[key])
  }
  return target
}

function spread(target: object, ...sources: unknown[]): object {
  for (const source of sources) copy(target, source)
  return target
}

function rest(source: unknown, excluded: readonly PropertyKey[]): object {
  return copy({}, Object(source), excluded)
}

function spreadProps(target: object, source: object): object {
  return Object.defineProperties(target, getOwnPropertyDescriptors(source))
}

function take(source: Iterable<unknown>, count = Infinity): unknown[] {
  if (Array.isArray(source) && count === Infinity) return source
  const items: unknown[] = []
  if (count > 0) for (const item of source) if (items.push(item) >= count) break
  return items
}

function toPropertyKey(key: unknown): string | symbol {
  return typeof key === 'symbol' ? key : `${key}`
}

function template(cooked: Anything, raw?: unknown): Anything {
  return Object.freeze(defineProperty(cooked, 'raw', { value: Object.freeze(raw ?? cooked.slice()) }))
}

// Modules

function namespaceOf(module: Anything): Anything {
  return module?.__esModule ? module : withDefault(module)
}

function withDefault(module: Anything): Anything {
  const namespace = Object.create(Object(module) === module ? getPrototypeOf(module) : Object.prototype)
  for (const key of Object(module) === module ? Object.getOwnPropertyNames(module) : []) {
    if (key !== 'default') defineProperty(namespace, key, { get: () => module[key], enumerable: true })
  }
  return define(namespace, 'default', module)
}

function defaultOf(module: Anything): Anything {
  return module?.__esModule ? module : { default: module }
}

// Resources

const Suppressed: Anything =
  (globalThis as Anything).SuppressedError ??
  function (error: unknown, suppressed: unknown, message: string) {
    return Object.assign(new Error(message), { name: 'SuppressedError', error, suppressed })
  }

function add(stack: Resource[], value: Anything, isAsync: boolean): unknown {
  if (value === null || value === undefined) {
    if (isAsync) stack.push({ isAsync })
    return value
  }
  const own = isAsync ? value[Symbol.asyncDispose] : undefined
  const dispose = own ?? value[Symbol.dispose]
  if (typeof dispose !== 'function') throw new TypeError('Object not disposable')
  // The promise of a `[Symbol.dispose]()` that `await using` falls back on is not awaited.
  stack.push({ value, isAsync, dispose: own || !isAsync ? dispose : () => void dispose.call(value) })
  return value
}

function disposeAll(stack: Resource[], error: unknown, hasError: boolean): unknown {
  const fail = (thrown: unknown) => {
    error = hasError ? new Suppressed(thrown, error, 'An error was suppressed during disposal.') : thrown
    hasError = true
  }
  const next = (): unknown => {
    for (let resource = stack.pop(); resource; resource = stack.pop()) {
      try {
        const result = resource.dispose?.call(resource.value)
        if (resource.isAsync) return Promise.resolve(result).then(next, thrown => (fail(thrown), next()))
      } catch (thrown) {
        fail(thrown)
        if (resource.isAsync) return Promise.resolve().then(next)
      }
    }
    if (hasError) throw error
    return undefined
  }
  return next()
}

/** The `Symbol.dispose` protocol of Babel and SWC: an object per block. */
function usingContext(): object {
  const stack: Resource[] = []
  let hasError = false
  let error: unknown
  return {
    set e(thrown: unknown) {
      hasError = true
      error = thrown
    },
    u: (value: unknown) => add(stack, value, false),
    a: (value: unknown) => add(stack, value, true),
    d: () => disposeAll(stack, error, hasError),
  }
}

const asyncFunction = (body: Anything) =>
  function (this: unknown, ...args: unknown[]) {
    return lowered.async(this, args, body)
  }

const asyncGeneratorFunction = (body: Anything) =>
  function (this: unknown, ...args: unknown[]) {
    return lowered.asyncGenerator(this, args, body)
  }

const table: Record<string, unknown> = {
  // esbuild, and tsx with it
  __async: lowered.async,
  __asyncGenerator: lowered.asyncGenerator,
  __await: lowered.awaitMark,
  __callDispose: disposeAll,
  __decorateClass: classes.decorateClass,
  __decorateParam: classes.decorateParam,
  __defNormalProp: define,
  __forAwait: lowered.asyncIterable,
  __name: (target: object, value: string) => defineProperty(target, 'name', { value, configurable: true }),
  __objRest: rest,
  __pow: (base: number, exponent: number) => base ** exponent,
  __privateAdd: classes.privateAdd,
  __privateGet: classes.privateGet,
  __privateIn: classes.privateIn,
  __privateMethod: classes.privateMethod,
  __privateSet: classes.privateSet,
  __privateWrapper: classes.privateWrapper,
  __publicField: define,
  __restKey: toPropertyKey,
  __spreadProps: spreadProps,
  __spreadValues: spread,
  __superGet: classes.superGet,
  __superSet: classes.superSet,
  __superWrapper: classes.superWrapper,
  __template: template,
  __toESM: (module: Anything, isNode?: boolean) => (isNode ? withDefault(module) : namespaceOf(module)),
  __using: (stack: Resource[], value: unknown, isAsync?: boolean) => add(stack, value, isAsync === true),
  __yieldStar: lowered.yieldStar,

  // TypeScript, beside `__asyncGenerator` and `__await` of esbuild
  __asyncDelegator: lowered.delegating,

  // Babel, and SWC in snake case
  _assertThisInitialized: classes.initialized,
  _asyncGeneratorDelegate: lowered.delegating,
  _asyncIterator: lowered.asyncIterable,
  _asyncToGenerator: asyncFunction,
  _awaitAsyncGenerator: lowered.awaitMark,
  _callSuper: classes.callSuper,
  _classCallCheck: classes.classCallCheck,
  _createClass: classes.createClass,
  _defineProperty: define,
  _extends: (target: object, ...sources: unknown[]) => Object.assign(target, ...sources),
  _getPrototypeOf: (value: object) => getPrototypeOf(value),
  _inherits: classes.inherits,
  _instanceof: (left: unknown, right: Anything) => left instanceof right,
  _interopRequireDefault: defaultOf,
  _interopRequireWildcard: namespaceOf,
  _objectSpread: spread,
  _objectSpreadProps: spreadProps,
  _objectWithoutProperties: rest,
  _objectWithoutPropertiesLoose: rest,
  _possibleConstructorReturn: classes.returned,
  _slicedToArray: take,
  _toArray: (source: Iterable<unknown>) => take(source),
  _toConsumableArray: (source: Iterable<unknown>) => [...source],
  _toPropertyKey: toPropertyKey,
  _typeof: (value: unknown) => typeof value,
  _typeOf: (value: unknown) => typeof value,
  _usingCtx: usingContext,
  _wrapAsyncGenerator: asyncGeneratorFunction,
}
