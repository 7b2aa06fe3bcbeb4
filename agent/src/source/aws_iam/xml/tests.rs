use super::read;

#[test]
fn a_document_is_a_tree() {
    let text =
        "<?xml version=\"1.0\"?><a xmlns=\"u\"><b><c> x &amp; &#x79;</c><c/></b><!-- no --></a>";
    let tree = read(text.as_bytes()).unwrap();
    let list = tree.list("b").unwrap();
    assert_eq!((list.len(), list[0].text(), list[1].text()), (2, "x & y", ""));
    assert_eq!(tree.child("b").unwrap().text_of("c"), Some("x & y".to_owned()));
    assert_eq!(tree.descendant("c").map(super::Element::text), Some("x & y"));
}

#[test]
fn what_is_not_whole_is_no_tree() {
    let deep = "<a>".repeat(100);
    for text in [
        "",
        "x",
        "<a>",
        "<a><b></a>",
        "<a><b></b>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&no;</a>",
        "<a>&</a>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        deep.as_str(),
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(read(&[0xff, 0xfe]).is_err());
}

#[test]
fn a_list_that_is_not_there_is_not_an_empty_one() {
    let tree = read(b"<a><b/></a>").unwrap();
    assert_eq!(tree.list("b").unwrap().len(), 0);
    assert!(tree.list("c").is_err());
}
