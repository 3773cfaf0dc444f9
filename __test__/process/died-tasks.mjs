// A module for `synchronized`, whose loop ends by itself where it is told to.

export const exits = code => process.exit(code)
export const one = () => 1
/** Leaves an error behind, and says when the loop has taken note of it. */
export const leave = async isLeft => {
  Promise.reject(new RangeError('unheard'))
  setImmediate(() => isLeft.set())
}
