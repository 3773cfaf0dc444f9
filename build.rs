//! Links the addon so that it stays loaded once any thread has loaded it, and finds Node's symbols when it is.

fn main() {
  #[cfg(feature = "node")]
  napi_build::setup();
}
