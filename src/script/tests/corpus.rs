//! The corpus of hostile scripts, which the specs read, too: pages of Markdown in `__test__/scripts/hostile`, on which each
//! heading names the program below it.

use std::{fs, path::Path};

/// A program of a page.
pub struct Entry {
  pub name: String,
  /// What stands behind `js` at its fence: how it ends.
  pub end: String,
  pub text: String,
}

fn page(name: &str) -> String {
  let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("__test__/scripts/hostile").join(name);
  fs::read_to_string(path).expect("the corpus is there")
}

/// The programs of a page, in their order.
pub fn entries(name: &str) -> Vec<Entry> {
  let page = page(name);
  let mut sections = page.split("\n## ");
  sections.next();
  let entry = |section: &str| {
    let (heading, rest) = section.split_once('\n').expect("a heading");
    let (fence, rest) = rest.split_once("```")?.1.split_once('\n')?;
    let (text, _) = rest.split_once("\n```")?;
    let end = fence.split_once(' ').map_or("", |(_, end)| end);
    Some(Entry { name: heading.into(), end: end.into(), text: text.into() })
  };
  sections.filter_map(entry).collect()
}

/// The text under a heading.
pub fn text(name: &str, heading: &str) -> String {
  entries(name).into_iter().find(|entry| entry.name == heading).expect("such a heading").text
}

pub fn script(name: &str) -> String {
  page(name)
}
