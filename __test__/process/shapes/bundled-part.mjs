// The other half of `bundled.mjs`: a value that a function of the bundle must not capture.
//
// Promises a number.

export const offset = process.argv.length * 50
