// A CommonJS module whose names Node cannot tell from its text.

function make() {
  return {
    async triple(x) {
      return x * 3
    },
    base: 7,
    addBase(x) {
      return x + this.base
    },
  }
}

module.exports = make()
