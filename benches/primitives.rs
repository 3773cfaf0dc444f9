//! Benchmarks of the primitives.

fn main() {
  divan::main();
}
