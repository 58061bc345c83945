//! `runbook explain`.

use crate::support::Lab;

#[test]
fn a_code_has_a_page() {
    insta::assert_snapshot!(Lab::new().runbook("explain runbook::needs::cycle"));
}

#[test]
fn a_kind_has_a_page() {
    insta::assert_snapshot!(Lab::new().runbook("explain cancel-on-timeout"));
}

#[test]
fn the_exit_codes_have_a_page() {
    insta::assert_snapshot!(Lab::new().runbook("explain exit-codes"));
}

#[test]
fn an_unknown_topic_comes_with_one_that_is_near() {
    insta::assert_snapshot!(Lab::new().runbook("explain wait-tsak"));
}

#[test]
fn an_unknown_topic_without_one_that_is_near_comes_with_a_list() {
    insta::assert_snapshot!(Lab::new().runbook("explain everything"));
}
