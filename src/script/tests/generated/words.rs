//! The words of generated scripts: numbers, texts and patterns at which built-ins fail, their receivers and methods, functions,
//! classes, operators and fields.
//!
//! Promises nothing of what they make together: that is for `expressions.rs` and `statements.rs`.

/// Names that every script has declared.
pub(super) const VARIABLES: [&str; 8] = ["a", "b", "c", "d", "e", "list", "text", "map"];

pub(super) const NUMBERS: [&str; 18] = [
  "0",
  "1",
  "-1",
  "2",
  "7",
  "0.5",
  "NaN",
  "Infinity",
  "-Infinity",
  "-0",
  "2 ** 31",
  "2 ** 32 - 1",
  "2 ** 53 - 1",
  "1e21",
  "1e308",
  "65536",
  "300",
  "Number.MIN_VALUE",
];

pub(super) const TEXTS: [&str; 16] = [
  "''",
  "'a'",
  "'length'",
  "'__proto__'",
  "'constructor'",
  "'then'",
  "'toString'",
  "'\\ud800'",
  "'\\u0130ß\\u0345'",
  "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
  "'[1, {\"a\": 2}]'",
  "'0'",
  "'2030-01-01'",
  "'x'.repeat(5000)",
  "'\\u{1f600}'.repeat(99)",
  "'Symbol.iterator'",
];

pub(super) const PATTERNS: [&str; 12] = [
  "/a/g",
  "/(a+)+$/",
  "/(?<x>a|b)*?c/giu",
  "/(?=(a*))\\1b/y",
  "/[^\\p{L}]+/gu",
  "/(?<!a)b/s",
  "/(.)(.)?(.)??/dg",
  "/^(?:a?){25}a{25}/",
  "/\\b\\w+\\b/gim",
  "/[\\p{Lu}--[A-F]]/v",
  "/(((((((((((a)))))))))))/",
  "/\\u{1f600}+/gu",
];

pub(super) const BIG: [&str; 8] =
  ["0n", "1n", "-1n", "2n ** 64n", "-(2n ** 63n)", "7n ** 999n", "2n ** 5000n", "BigInt(2 ** 53)"];

/// Receivers of their own kind, with the methods of them.
pub(super) const METHODS: [(&str, &str); 12] = [
  (
    "list",
    "at concat copyWithin entries every fill filter find findIndex findLast flat flatMap forEach includes indexOf join keys \
     lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice toLocaleString toReversed toSorted \
     toSpliced toString unshift values with",
  ),
  (
    "text",
    "at charAt charCodeAt codePointAt concat endsWith includes indexOf isWellFormed lastIndexOf localeCompare match matchAll \
     normalize padEnd padStart repeat replace replaceAll search slice split startsWith substring toLowerCase toUpperCase \
     toWellFormed trim trimEnd",
  ),
  ("map", "clear delete entries forEach get has keys set values"),
  ("new Set(list)", "add clear delete difference has intersection isSubsetOf symmetricDifference union values"),
  (
    "new Float64Array(300)",
    "at copyWithin fill find includes indexOf join map reduce reverse set slice sort subarray toLocaleString toSorted with",
  ),
  ("new Uint8Array(new ArrayBuffer(16, { maxByteLength: 64 }))", "fill indexOf set slice sort subarray toReversed"),
  ("new ArrayBuffer(64)", "slice resize transfer"),
  ("new DataView(new ArrayBuffer(16))", "getFloat64 setBigInt64 getInt8 setUint16"),
  ("new Date(1e12)", "setFullYear setMonth toISOString toJSON toLocaleString toString getTimezoneOffset valueOf"),
  ("(12345.678)", "toFixed toPrecision toExponential toString toLocaleString"),
  ("[1, 2, 3].values()", "map filter take drop flatMap reduce toArray forEach some every find next"),
  ("new WeakMap([[b, c]])", "get set has delete"),
];

/// Functions that are called by their name.
pub(super) const FUNCTIONS: &str = "Array Array.from Array.of Array.isArray Array.fromAsync BigInt BigInt.asIntN BigInt.asUintN Boolean \
  Date.UTC Date.parse decodeURIComponent encodeURIComponent escape Error isNaN JSON.parse JSON.stringify Map.groupBy Math.fround \
  Math.hypot Math.imul Math.max Math.min Math.pow Math.random Number Number.parseFloat Object Object.assign Object.create \
  Object.defineProperties Object.entries Object.freeze Object.fromEntries Object.getOwnPropertyDescriptors \
  Object.getOwnPropertyNames Object.getOwnPropertySymbols Object.getPrototypeOf Object.groupBy Object.is Object.keys Object.seal \
  Object.setPrototypeOf Object.values parseInt Promise.all Promise.allSettled Promise.any Promise.race Promise.reject \
  Promise.resolve Promise.try Promise.withResolvers queueMicrotask Reflect.apply Reflect.construct Reflect.defineProperty \
  Reflect.deleteProperty Reflect.get Reflect.has Reflect.ownKeys Reflect.set Reflect.setPrototypeOf RegExp RegExp.escape String \
  String.fromCharCode String.fromCodePoint String.raw structuredClone Symbol Symbol.for Symbol.keyFor unescape Iterator.from \
  Function.prototype.call Function.prototype.bind.call Function.prototype.toString.call Error.captureStackTrace f f f g h i \
  console.log console.error performance.now";

pub(super) const CLASSES: &str = "AggregateError Array ArrayBuffer BigInt64Array DataView Date Error Float64Array Function Int8Array K K Map \
  Number Object Promise Proxy RangeError RegExp Set SharedArrayBuffer String TypeError Uint8Array Uint32Array WeakMap WeakSet";

pub(super) const OPERATORS: &str = "+ + - * / % ** & | ^ << >> >>> == === != < > <= >= && || ?? , in instanceof";

pub(super) const ASSIGNMENTS: &str = "= = = += -= *= **= <<= >>>= &&= ||= ??=";

pub(super) const PREFIXES: &str = "- + ! ~ typeof void";

pub(super) const FIELDS: &str = "a b length constructor prototype __proto__ name message stack cause size then 0 1 4294967294 toString \
  valueOf toJSON g s next return throw raw groups index byteLength buffer description";
