//! Links the addon so that it stays loaded once any thread has loaded it, and finds Node's symbols when it is. Compiles
//! the engine of sandboxed scripts for the target.

#[cfg(feature = "scripts")]
#[path = "src/script/tuning.rs"]
mod tuning;

fn main() {
  #[cfg(feature = "node")]
  napi_build::setup();
  #[cfg(feature = "scripts")]
  engine::compile();
}

/// The engine: what is checked in is WebAssembly, and the same for all platforms.
#[cfg(feature = "scripts")]
mod engine {
  use super::tuning;
  use sha2::{Digest, Sha256};
  use std::{env, fs, path::Path};
  use wasmtime::{Config, Engine, OptLevel};

  const MODULE: &str = "src/script/engine/engine.wasm";
  /// What a test has in its place; not there where the crate comes from a registry.
  const PUPPET: &str = "src/script/tests/puppet/puppet.wasm";

  /// Writes the target's code of the engine and the digest of the module. A target that the compiler does not know gets
  /// an empty file: there the library says that it has no scripts.
  pub fn compile() {
    let all = [MODULE, PUPPET, "src/script/tuning.rs", "build.rs"];
    for path in all.into_iter().filter(|path| Path::new(path).exists()) {
      println!("cargo:rerun-if-changed={path}");
    }
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    let module = fs::read(MODULE).unwrap_or_default();
    for (path, file) in [(MODULE, "engine.cwasm"), (PUPPET, "puppet.cwasm")] {
      let module = fs::read(path).unwrap_or_default();
      let code = if is_known() && !module.is_empty() { compiled(&module) } else { Vec::new() };
      fs::write(Path::new(&folder).join(file), code).expect("cargo's folder can be written");
    }
    fs::write(Path::new(&folder).join("engine.sha256"), Sha256::digest(&module))
      .expect("cargo's folder can be written");
  }

  fn is_known() -> bool {
    let processor = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it");
    ["x86_64", "aarch64"].contains(&processor.as_str())
  }

  fn compiled(module: &[u8]) -> Vec<u8> {
    let mut config = Config::new();
    tuning::tune(&mut config);
    config.cranelift_opt_level(OptLevel::Speed);
    // The sign of a NaN is otherwise the processor's, and the engine's library of mathematics asks for it.
    config.cranelift_nan_canonicalization(true);
    config.target(&env::var("TARGET").expect("cargo sets it")).expect("the compiler knows it");
    let engine = Engine::new(&config).expect("the settings agree with each other");
    engine.precompile_module(module).expect("the engine is WebAssembly")
  }
}
