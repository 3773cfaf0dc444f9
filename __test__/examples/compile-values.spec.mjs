// How Sass values cross in `examples/compile/`: as plain data, each kind by itself and through whole compilations.
//
// Promises that callbacks see values of Sass's own classes that tell what they tell in plain Sass, that what they make
// compiles to the same, and that what they hand back is the very value. Colours that were handed over have lost how they
// were spelt, so texts are compared without regard to case.

import ava from 'ava'
import * as sass from 'sass'
import { compileSync } from '../../examples/compile/compile-sync.mjs'
import { dataOf, valueOf } from '../../examples/compile/values.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const { CalculationInterpolation, CalculationOperation, SassArgumentList, SassCalculation, SassColor } = sass
const { SassFunction, SassList, SassMap, SassNumber, SassString } = sass

const px = number => new SassNumber(number, 'px')
const vw = new SassNumber(1, 'vw')
const bare = text => new SassString(text, { quotes: false })
const mapOf = (...entries) =>
  new SassMap(entries.reduce((map, [key, value]) => map.set(key, value), new SassMap().contents))

const spaces = {
  'rgb srgb srgb-linear display-p3 a98-rgb prophoto-rgb rec2020': 'red green blue',
  hsl: 'hue saturation lightness',
  hwb: 'hue whiteness blackness',
  'lab oklab': 'lightness a b',
  'lch oklch': 'lightness chroma hue',
  'xyz xyz-d50 xyz-d65': 'x y z',
}

function* colours() {
  for (const [names, channels] of Object.entries(spaces)) {
    for (const space of names.split(' ')) {
      const [a, b, c] = channels.split(' ')
      yield new SassColor({ space, [a]: 0.25, [b]: 0.1, [c]: 12.5 })
      yield new SassColor({ space, [a]: null, [b]: 1 / 3, [c]: null, alpha: 0.5 })
      yield new SassColor({ space, [a]: 1, [b]: null, [c]: 0, alpha: null })
    }
  }
}

const values = {
  'null and booleans': [sass.sassNull, sass.sassTrue, sass.sassFalse],
  numbers: [
    ...[0, -0, 1 / 3, 1e21, Number.MIN_VALUE, NaN, Infinity, -Infinity].map(number => new SassNumber(number)),
    px(1.5),
    new SassNumber(2, { numeratorUnits: ['px', 'em'], denominatorUnits: ['s', 'dpi'] }),
  ],
  strings: ['', 'plain', '"both\' quotes"', 'new\nline', '\u{1f600}', '\u0000'].flatMap(text => [
    new SassString(text),
    bare(text),
  ]),
  colours: [...colours()],
  lists: [
    new SassList([]),
    ...[',', ' ', '/'].map(separator => new SassList([px(1), bare('a')], { separator })),
    new SassList([px(1)], { separator: null }),
    new SassList([new SassList([bare('b')], { brackets: true })], { brackets: true, separator: ' ' }),
  ],
  'argument lists': [new SassArgumentList([px(1)], { key: px(2) }, ' '), new SassArgumentList([], {})],
  maps: [
    new SassMap(),
    mapOf([bare('b'), px(1)], [bare('a'), mapOf([px(1), new SassList([])])], [new SassList([px(2)]), sass.sassNull]),
  ],
  calculations: [
    SassCalculation.calc(new CalculationOperation('+', px(1), new CalculationOperation('*', vw, new SassNumber(2)))),
    SassCalculation.calc(bare('var(--a)')),
    SassCalculation.calc(new CalculationInterpolation('1 + var(--b)')),
    SassCalculation.min([px(1), vw, SassCalculation.max([px(2), vw])]),
    SassCalculation.clamp(px(1), vw, px(3)),
  ],
}

/** Whatever a value tells of itself, as text. */
function told(value) {
  const texts = [value.constructor.name, value, value.isTruthy, value.hasBrackets, value.separator, value.asList.size]
  if (value instanceof SassNumber) texts.push(value.value, value.numeratorUnits, value.denominatorUnits, value.isInt)
  if (value instanceof SassString) texts.push(value.text, value.hasQuotes, value.sassLength)
  if (value instanceof SassColor) texts.push(value.space, value.channelsOrNull, value.alpha, value.isLegacy)
  if (value instanceof SassCalculation) texts.push(value.name, value.arguments)
  if (value instanceof SassArgumentList) texts.push(value.keywords)
  const isList = value instanceof SassList || value instanceof SassMap
  return [...texts.map(String), ...(isList ? value.asList.toArray().map(told) : [])].join(' ').toLowerCase()
}

function crossed(value) {
  const there = each => dataOf(each, there, list => [...list.keywords].map(([name, held]) => [name, there(held)]))
  const back = data => valueOf(data, back)
  return back(structuredClone(there(value)))
}

for (const [kind, all] of Object.entries(values)) {
  test(`${kind} cross as plain data, and tell the same`, t => {
    for (const value of all) {
      const copy = crossed(value)
      t.is(told(copy), told(value))
      const isNaN = value instanceof SassNumber && Number.isNaN(value.value)
      t.is(copy.equals(value), !isNaN, String(value))
    }
  })

  test(`${kind} that a callback makes compile to what plain Sass makes of them`, t => {
    const functions = Object.fromEntries(all.map((value, i) => [`make${i}()`, () => value]))
    const calls = all.map((_, i) => `a { b: meta.inspect(make${i}()); c: meta.type-of(make${i}()) }`)
    const source = `@use "sass:meta"; ${calls.join('\n')}`
    t.is(compileSync(source, { functions }).css, sass.compileString(source, { functions }).css)
  })

  test(`${kind} that a callback gets tell what they tell in plain Sass, whatever they are in`, t => {
    const [expected, found] = [sass.compileString, compileSync].map(compile => {
      const texts = []
      const functions = {
        ...Object.fromEntries(all.map((value, i) => [`make${i}()`, () => value])),
        'see($x)': ([x]) => {
          texts.push(told(x))
          return x
        },
      }
      compile(all.map((_, i) => `$a: see(make${i}()); $b: see([make${i}(), (c: make${i}())]);`).join('\n'), {
        functions,
      })
      return texts
    })
    t.deepEqual(found, expected)
    t.is(found.length, 2 * all.length)
  })
}

// --- the very value

/** Callbacks that hand back what they were given: as it is, inside of others, and later. */
function handingBack() {
  const shelf = []
  return {
    'id($x)': ([x]) => x,
    'in-list($x)': ([x]) => new SassList([x, new SassList([x])]),
    'in-map($x)': ([x]) => mapOf([bare('key'), x]),
    'first($list)': ([list]) => list.get(0),
    'value($map, $key)': ([map, key]) => map.assertMap().contents.get(key),
    'put($x)': ([x]) => new SassNumber(shelf.push(x)),
    'taken()': () => shelf.shift(),
  }
}

test('what comes back is the very value: its spelling, its slash, its calculation', t => {
  const source = `@use "sass:map"; @use "sass:list"; @use "sass:meta";
    $put: put(#ABCDEF);
    a {
      b: id(RED) id(#FF0000) id(hsl(120deg, 50%, 50%)) id(rgb(1 2 3 / 50%));
      c: in-list(BLUE); d: map.get(in-map(GREEN), "key"); e: list.nth(list.nth(in-list(TAN), 2), 1);
      f: first([RED, 1]); g: value((k: #ABC), "k");
      h: taken();
      i: id(calc(1px + 1vw)) id(min(1px, 2vw)) in-list(clamp(1px, 2vw, 3px));
      j: id(1px/2px); k: meta.inspect(id(("a": 1, "b": (c: d))));
      l: first(hypot(1px, 2vw) 1) == hypot(1px, 2vw);
    }`
  const options = () => ({ functions: handingBack(), logger: sass.Logger.silent })
  const plain = sass.compileString(source.replace(/ l:.*;/, ''), options()).css
  const { css } = compileSync(source.replace(/ l:.*;/, ''), options())
  t.is(css, plain)
  t.regex(css, /b: RED #FF0000 hsl/)
})

test('functions and mixins that come back are still called', t => {
  const source = `@use "sass:meta"; @use "sass:list"; @use "sass:map";
    @function twice($x) { @return 2 * $x }
    @mixin coloured($colour) { colour: $colour }
    $f: meta.get-function("twice");
    a {
      b: meta.call(id($f), 21) meta.call(list.nth(in-list($f), 1), 1) meta.type-of(id($f)) (id($f) == $f);
      @include meta.apply(map.get(in-map(meta.get-mixin("coloured")), "key"), RED);
    }`
  const [expected, css] = [sass.compileString, compileSync].map(compile => {
    return compile(source, { functions: handingBack() }).css
  })
  t.is(css, expected)
  t.regex(css, /b: 42 2 function true;\s+colour: RED/)
})

test('a function or mixin can be told and shown, but not called', t => {
  const seen = []
  const functions = {
    'see($f, $m)': ([f, m]) => {
      seen.push(f instanceof SassFunction, m instanceof sass.SassMixin, String(m), f.assertFunction() === f)
      seen.push(m.assertMixin() === m, m.equals(m), m.equals(f), m.isTruthy)
      return sass.sassNull
    },
  }
  compileSync('@use "sass:meta"; @mixin m {} $a: see(meta.get-function("red"), meta.get-mixin("m"))', { functions })
  t.deepEqual(seen, [true, true, 'get-mixin("m")', true, true, true, false, true])
})

test('functions made by the caller, or of another compilation, are refused', t => {
  const kept = []
  const functions = {
    'own()': () => new SassFunction('own-too()', () => sass.sassNull),
    'keep($x)': ([x]) => kept.push(x) && sass.sassNull,
    'kept()': () => kept.shift(),
  }
  const refused = { message: /is none of this compilation's/ }
  t.throws(() => compileSync('a { b: own() }', { functions }), refused)
  const bound = '@mixin m {} $a: keep(meta.get-mixin("m")); $b: keep(meta.get-function("red")); $c: keep(RED)'
  compileSync(`@use "sass:meta"; ${bound}`, { functions })
  t.throws(() => compileSync('$a: kept()', { functions }), refused)
  t.throws(() => compileSync('$a: kept()', { functions }), refused)
  t.is(compileSync('a { b: kept() }', { functions }).css, 'a {\n  b: red;\n}')
})

test('what is no value is refused, and named', t => {
  for (const [wrong, text] of [
    [undefined, 'undefined'],
    [5, '5'],
    [new SassNumber(1).value, '1'],
  ]) {
    const functions = { 'wrong()': () => wrong }
    const message = `wrong() returned ${text}, which is no sass.Value.`
    t.is(t.throws(() => compileSync('a { b: wrong() }', { functions })).cause.message, message)
  }
})

// --- named arguments

test('named arguments nobody looks at are refused by Sass, as ever', t => {
  for (const body of [list => list.get(0), list => list.keywords.get('k') ?? list.get(0)]) {
    const functions = { 'rest($x, $list...)': ([, list]) => body(list) }
    const [expected, found] = [sass.compileString, compileSync].map(compile => {
      try {
        return compile('a { b: rest(1, (c d), $k: RED) }', { functions }).css
      } catch (error) {
        return error.message
      }
    })
    t.is(found, expected)
  }
})

test('named arguments are values like others: the very ones when they go back', t => {
  const functions = {
    'pick($list...)': ([list]) => {
      t.true(list.keywords.equals(list.keywords))
      t.is(list.keywords.size, 2)
      return new SassList([list.keywords.get('colour'), list.keywords.get('also').get(1), list.get(0)])
    },
    'pass($list...)': ([list]) => list.keywords && list,
  }
  const source = '@use "sass:meta"; @use "sass:map"; @function k($a...) { @return meta.keywords($a) } '
  const body = 'a { b: pick(TAN, $also: [c RED], $colour: #FFF); c: map.get(k(pass(1, $k: BLUE)...), "k") }'
  t.is(compileSync(source + body, { functions }).css, sass.compileString(source + body, { functions }).css)
})
