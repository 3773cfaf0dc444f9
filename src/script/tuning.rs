//! What the build script, which compiles the engine, and the runtime, which loads it, must have set alike.

/// Steps are counted; and what the engine does not need is off.
pub fn tune(config: &mut wasmtime::Config) {
  config.consume_fuel(true);
  config.generate_address_map(false);
  config.wasm_bulk_memory(false);
  config.wasm_simd(false);
  config.wasm_relaxed_simd(false);
}
