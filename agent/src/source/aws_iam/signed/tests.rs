use super::bare_code;

#[test]
fn the_name_of_an_error_is_found_in_all_its_forms() {
    for code in [
        "NotFoundException",
        "com.amazonaws.kms#NotFoundException",
        "NotFoundException:http://internal.amazon.com/coral/com.amazonaws.kms/",
    ] {
        assert_eq!(bare_code(code), "NotFoundException");
    }
}
