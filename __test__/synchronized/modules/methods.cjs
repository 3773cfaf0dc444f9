// A CommonJS module whose functions call one another by `this`, and whose names Node can tell from its text.
module.exports = { outer, inner }
function outer(x) {
  return this.inner(x)
}
function inner(x) {
  return x * 2
}
