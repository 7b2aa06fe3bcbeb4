use super::*;

/// X.690: the long form starts at 128, and an integer with its top bit set gets a zero in front.
#[test]
fn writes_lengths_and_integers_as_x690_says() {
    assert_eq!(element(OCTET_STRING, &[b"ab", b"c"]), b"\x04\x03abc");
    assert_eq!(element(OCTET_STRING, &[&[0; 127]])[..2], [4, 0x7f]);
    assert_eq!(element(OCTET_STRING, &[&[0; 128]])[..3], [4, 0x81, 0x80]);
    assert_eq!(element(OCTET_STRING, &[&[0; 256]])[..4], [4, 0x82, 1, 0]);
    assert_eq!(unsigned(&[0, 0, 0x7f]), [2, 1, 0x7f]);
    assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
    assert_eq!(unsigned(&[]), [2, 1, 0]);
    assert_eq!((bits(&[0, 1]), bits(&[0xff, 0]), bits(&[])), (1, 16, 0));
}

#[test]
fn reads_back_what_it_wrote() {
    let whole = element(SEQUENCE, &[&unsigned(&[5]), &element(OCTET_STRING, &[&[9; 300]])]);
    let mut inner = Reader(Reader(&whole).take(SEQUENCE).unwrap());
    assert_eq!(inner.take(OCTET_STRING), None);
    assert_eq!(inner.take(INTEGER), Some(&[5][..]));
    assert_eq!(inner.take(OCTET_STRING), Some(&[9; 300][..]));
    assert_eq!(inner.element(), None);
}

#[test]
fn refuses_what_is_cut_or_claims_too_much() {
    for bytes in [
        &b"\x30"[..],
        b"\x30\x05abc",
        b"\x30\x80ab",
        b"\x30\x85\x01\x01\x01\x01\x01a",
        b"\x30\x84\xff\xff\xff\xff",
    ] {
        assert!(Reader(bytes).element().is_none(), "{bytes:?}");
    }
}
