// The beginning of the bundle, which refuses a Node.js that is too old.
//
// Promises a sentence with the versions that will do, before anything runs that such a Node.js does not have. What it cannot
// even read, Node.js 14 for instance, ends with its own SyntaxError.

/** `engines` is as in package.json: `^20.19.0 || >=22.12.0`. */
export function onlyOn(engines, version) {
  const ranges = Array.from(engines.matchAll(/(\^|>=)(\d+)\.(\d+)/g))
  const tests = ranges.map(([, sign, major, minor]) => {
    const isSame = `(major === ${major} && minor >= ${minor})`
    return sign === '^' ? isSame : `${isSame} || major > ${major}`
  })
  const words = ranges.map(
    ([, sign, major, minor]) => `${major}.${minor} or ${sign === '^' ? `a later ${major}` : 'later'}`,
  )
  // The file has variables of its own that are named as globals are, and have no values yet.
  return `{
  const { version, versions } = require('node:process')
  const numbers = versions.node.split('.')
  const major = +numbers[0]
  const minor = +numbers[1]
  if (!(${tests.join(' || ')})) {
    const error = new globalThis.Error('threaded-async ${version} needs Node.js ${words.join(', or ')}; this is ' + version + '.')
    error.code = 'ERR_UNSUPPORTED_NODE'
    throw error
  }
}
`
}
