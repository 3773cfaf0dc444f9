//! Matrix: what the codec has written × 0 to 64 bytes; the method of a call × written by a thread, by a script; short, long,
//! wide, cut off.

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

fn method_of(call: &[u8]) -> Option<String> {
  let Ok(payload) = Payload::encoded_as(call, Box::default()) else { panic!("there is memory for it") };
  payload.opening().method()
}

#[test]
fn the_method_of_a_call_is_known_by_its_first_bytes_unless_it_is_long() {
  let arguments = [13, 0];
  let call = |head: &[u8], name: &[u8]| method_of(&[head, name, &arguments].concat());
  let (plain, of_script) = ([0; 4], [0, 0, 0, 0, 37, 0, 0, 0, 0]);
  for head in [&plain[..], &of_script] {
    assert_eq!(call(head, b"\x84look").as_deref(), Some("look"));
    assert_eq!(call(head, b"\x80").as_deref(), Some(""));
    assert_eq!(call(head, b"\x82\xe4\xff").as_deref(), Some("äÿ"));
    assert_eq!(call(head, &[&[0x80 + 40][..], &[b'a'; 40]].concat()), None);
    assert_eq!(call(head, &[10, 1, 0x41, 0x26]), None);
    assert_eq!(call(head, b"\xc4look"), None);
    assert_eq!(method_of(head), None);
  }
  assert_eq!(method_of(&[]), None);
}
