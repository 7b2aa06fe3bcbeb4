//! Hostile names.

use super::*;

#[test]
fn a_name_cannot_clear_the_screen() {
    assert_eq!(plain("ci\u{1b}[2J"), "ci\\u{1b}[2J");
}

#[test]
fn a_name_cannot_start_a_line_of_its_own() {
    assert_eq!(plain("ci\r\nerror: none"), "ci\\r\\nerror: none");
}

#[test]
fn a_name_cannot_turn_the_direction_of_writing() {
    assert_eq!(plain("exe.\u{202e}cod"), "exe.\\u{202e}cod");
}

#[test]
fn a_name_cannot_hide_characters() {
    assert_eq!(plain("ad\u{200b}min\u{feff}"), "ad\\u{200b}min\\u{feff}");
}

#[test]
fn eight_bit_controls_are_escaped_too() {
    assert_eq!(plain("a\u{9b}2J"), "a\\u{9b}2J");
}

#[test]
fn names_in_other_scripts_stay_as_they_are() {
    assert_eq!(plain("деплой-部署"), "деплой-部署");
}

#[test]
fn no_cell_is_a_formula() {
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
        assert!(cell(text).starts_with('\''), "{text:?}");
    }
    assert_eq!(cell("arn:aws:iam::1:user/a=b"), "arn:aws:iam::1:user/a=b");
}

#[test]
fn wide_characters_count_twice() {
    assert_eq!(width("部署"), 4);
    assert_eq!(shortened("部署部署", 5), "…署署".replace("署署", "部署"));
}

#[test]
fn what_is_left_out_is_in_the_middle() {
    assert_eq!(shortened("arn:aws:iam::123456789012:user/deploy", 20), "arn:aw…2:user/deploy");
    assert_eq!(shortened("short", 20), "short");
}

#[test]
fn lines_break_at_spaces() {
    assert_eq!(wrapped("the key is 400 days old", 12), ["the key is", "400 days old"]);
}

#[test]
fn a_word_longer_than_a_line_is_cut() {
    assert_eq!(wrapped("a 0123456789abc b", 10), ["a", "0123456789", "abc b"]);
}

#[test]
fn nothing_takes_no_line() {
    assert!(wrapped("", 10).is_empty());
}
