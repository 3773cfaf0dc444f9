//! What is fetched ahead: that of this engine, and nothing that could fault.

use super::super::{ahead::Places, engine::DIGEST, engine::loaded, lines::MODULE};

#[test]
fn the_lines_are_those_of_this_engine() {
  let digest: String = DIGEST.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
  assert_eq!(MODULE, digest, "npm run build:engine writes src/script/lines.rs anew");
}

#[test]
fn places_where_nothing_is_are_fetched_in_vain() {
  let gone = loaded(false).and_then(|engine| engine.instance(8 << 20).map_err(|error| error.to_string()));
  let gone = gone.expect("an engine can be made").places;
  assert_ne!(gone, Places::default());
  for places in [gone, Places::default(), Places::at(64), Places::at(usize::MAX - 4096)] {
    places.fetch();
  }
}
