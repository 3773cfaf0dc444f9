//! Matrix: what the codec has written × 0 to 64 bytes.

use crate::binding::values::payload::Payload;

#[test]
fn bytes_of_every_length_stay_as_they_are() {
  for length in 0..64 {
    let bytes: Vec<u8> = (0..length).collect();
    let Ok(payload) = Payload::encoded_as(&bytes, Box::default()) else { panic!("there is memory for them") };
    let (kept, things) = payload.encoded().expect("it is encoded");
    assert_eq!((kept, things.len(), payload.size()), (&*bytes, 0, bytes.len()));
  }
}

#[test]
fn a_payload_with_bytes_in_it_is_no_larger_than_one_with_a_text_or_a_piece() {
  assert_eq!(size_of::<Payload>(), 32);
}
