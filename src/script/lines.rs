//! Which lines of the engine's memory nearly every turn touches. Written by `npm run build:engine`.

/// The digest of the module that they are those of.
#[cfg(test)]
pub const MODULE: &str = "6c9b67637363fad1df2478a2509ef3600f29a263210ad959003d7b2e1e9fa543";

/// The numbers of pages of 4,096 bytes, and a bit for each of their lines of 64.
pub static LINES: &[(u32, u64)] = &[
  (0x7f, 0xe300_6000_0000_0000),
  (0x88, 0x0000_0000_4000_0000),
  (0x89, 0x0000_0162_ac00_0000),
  (0x8c, 0x0000_0001_0000_0000),
  (0x98, 0x6400_0000_0000_0000),
  (0x99, 0x0000_0000_0000_01c0),
  (0xa0, 0x0000_0000_0040_1e31),
  (0xb4, 0x0000_0000_0002_0000),
  (0xb5, 0x0000_0000_0000_0026),
  (0xb6, 0x0000_0000_0000_0027),
  (0xbc, 0x0000_000d_8000_0000),
  (0xbd, 0x0000_0000_0000_0031),
  (0xc2, 0x0000_0400_0000_0001),
  (0xc6, 0x0000_0000_0000_0038),
  (0xc8, 0x0000_0000_0000_4000),
  (0xe1, 0x0000_0000_0600_0000),
  (0xea, 0x0000_0000_0000_0300),
  (0xec, 0x0700_0000_0000_0001),
  (0xed, 0x0000_3000_0000_0000),
  (0xee, 0x0000_0000_007f_8081),
  (0xef, 0x0000_0000_0070_0040),
];
