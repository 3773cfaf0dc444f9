// Sass values as plain data, and plain data as Sass values; `part` turns what is inside of them.
//
//   boolean, null                                               list         contents, separator, brackets
//   number       value, numerator and denominator units         arguments    contents, separator, keywords
//   string       text, whether it is quoted                     map          entries, in their order
//   color        space, channels, alpha (null: missing)         calculation  name, arguments, text
//   function, mixin, module  text                               operation, interpolation (inside of calculations)
//
// Promises a value that Sass holds to be equal. What Sass knows of a value and does not tell is left behind: how a colour
// was spelt, that a number was a slash. A function, mixin or module comes as a stand-in, and a calculation of a kind that
// Sass lets nobody make (`hypot()`) as calc() of its text; `kept-values.mjs` sees that these go back as they were.

import * as sass from 'sass'

const { CalculationInterpolation, CalculationOperation, SassCalculation, SassColor, SassFunction } = sass
const { SassArgumentList, SassBoolean, SassList, SassMap, SassMixin, SassModule, SassNumber, SassString } = sass

/** What crosses of an instance, and how one is made of that. The first class a value is of is taken. */
const kinds = {
  boolean: {
    class: SassBoolean,
    take: ({ value }) => ({ value }),
    make: ({ value }) => (value ? sass.sassTrue : sass.sassFalse),
  },
  number: {
    class: SassNumber,
    take: ({ value, numeratorUnits, denominatorUnits }) => ({
      value,
      units: { numeratorUnits: numeratorUnits.toArray(), denominatorUnits: denominatorUnits.toArray() },
    }),
    make: ({ value, units }) => new SassNumber(value, units),
  },
  string: {
    class: SassString,
    take: ({ text, hasQuotes }) => ({ text, quotes: hasQuotes }),
    make: ({ text, quotes }) => new SassString(text, { quotes }),
  },
  color: { class: SassColor, take: takeColor, make: makeColor },
  arguments: {
    class: SassArgumentList,
    take: (list, part, keywordsOf) => ({ ...takeList(list, part), keywords: keywordsOf(list) }),
    make: ({ contents, separator, keywords }, part) =>
      new SassArgumentList(contents.map(part), Object.fromEntries(keywords.map(([k, v]) => [k, part(v)])), separator),
  },
  list: {
    class: SassList,
    take: (list, part) => ({ ...takeList(list, part), brackets: list.hasBrackets }),
    make: ({ contents, separator, brackets }, part) => new SassList(contents.map(part), { separator, brackets }),
  },
  map: {
    class: SassMap,
    take: ({ contents }, part) => ({ entries: [...contents].map(entry => entry.map(part)) }),
    // The contents of an empty map give the class of ordered maps, which Sass does not export.
    make: ({ entries }, part) =>
      new SassMap(entries.reduce((map, [k, v]) => map.set(part(k), part(v)), new SassMap().contents)),
  },
  calculation: { class: SassCalculation, take: takeCalculation, make: makeCalculation },
  operation: {
    class: CalculationOperation,
    take: ({ operator, left, right }, part) => ({ operator, left: part(left), right: part(right) }),
    make: ({ operator, left, right }, part) => new CalculationOperation(operator, part(left), part(right)),
  },
  interpolation: {
    class: CalculationInterpolation,
    take: ({ value }) => ({ value }),
    make: ({ value }) => new CalculationInterpolation(value),
  },
  function: {
    class: SassFunction,
    take: takeText,
    make: ({ text }) => new SassFunction('stand-in()', () => refuse(text)),
  },
  mixin: { class: SassMixin, take: takeText, make: ({ text }) => standIn(SassMixin, 'assertMixin', text) },
  module: { class: SassModule, take: takeText, make: ({ text }) => standIn(SassModule, 'assertModule', text) },
}

const [rgb, xyz, lab, lch] = ['red green blue', 'x y z', 'lightness a b', 'lightness chroma hue'].map(names =>
  names.split(' '),
)
/** The channels of the colour spaces; of all others they are red, green and blue. */
const channels = {
  hsl: ['hue', 'saturation', 'lightness'],
  hwb: ['hue', 'whiteness', 'blackness'],
  lab,
  oklab: lab,
  lch,
  oklch: lch,
  xyz,
  'xyz-d50': xyz,
  'xyz-d65': xyz,
}

/** Returns the value as plain data; `part` does the same for what is inside, and `keywordsOf` for named arguments. */
export function dataOf(value, part, keywordsOf) {
  if (value === sass.sassNull) return { kind: 'null' }
  const found = Object.entries(kinds).find(each => value instanceof each[1].class)
  if (found === undefined) throw new TypeError(`${value} is no Sass value of a known kind.`)
  const [kind, { take }] = found
  return { kind, ...take(value, part, keywordsOf) }
}

/** Returns the value that plain data stands for; `part` does the same for what is inside. */
export function valueOf(data, part) {
  return data.kind === 'null' ? sass.sassNull : kinds[data.kind].make(data, part)
}

function takeColor(color) {
  const alpha = color.isChannelMissing('alpha') ? null : color.alpha
  return { space: color.space, channels: color.channelsOrNull.toArray(), alpha }
}

function makeColor({ space, channels: values, alpha }) {
  const named = (channels[space] ?? rgb).map((name, i) => [name, values[i]])
  return new SassColor({ ...Object.fromEntries(named), alpha, space })
}

function takeList(list, part) {
  return { contents: list.asList.toArray().map(each => part(each)), separator: list.separator }
}

function takeCalculation(calculation, part) {
  const parts = calculation.arguments.toArray().map(each => part(each))
  return { name: calculation.name, arguments: parts, text: String(calculation) }
}

function makeCalculation({ name, arguments: parts, text }, part) {
  if (name === 'calc') return SassCalculation.calc(part(parts[0]))
  if (name === 'min' || name === 'max') return SassCalculation[name](parts.map(each => part(each)))
  if (name === 'clamp') return SassCalculation.clamp(...parts.map(each => part(each)))
  return SassCalculation.calc(new SassString(text, { quotes: false }))
}

function takeText(value) {
  return { text: String(value) }
}

function refuse(text) {
  throw new TypeError(`${text} can be called by stylesheets only.`)
}

/** A value of a class that Sass lets nobody make: it can be told, shown and handed back. */
function standIn(kind, assertion, text) {
  const value = Object.create(kind.prototype)
  const methods = {
    [assertion]: () => value,
    equals: other => other === value,
    hashCode: () => 0,
    toString: () => text,
  }
  for (const [name, method] of Object.entries(methods)) Object.defineProperty(value, name, { value: method })
  return value
}
