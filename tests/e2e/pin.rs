//! How a pin is got by hand.

use super::lab;
use crate::support::{Mock, Quirk, world};

const README: &str = include_str!("../../README.md");

/// The pipeline that the README gives, for the server of a lab.
fn pipeline() -> String {
    let mut blocks = README.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.contains("openssl s_client")).expect("the pipeline");
    let block = block.trim_start_matches("sh\n");
    block.replace("em.example.org:9398", "\"${EM_URL#https://}\"")
}

/// Where there is no openssl there is nothing to compare with, and this says nothing.
#[test]
fn the_pin_is_what_the_readme_makes_of_the_certificate() {
    let lab = lab(world());
    if lab.shell("command -v openssl && command -v base64").is_none() {
        return;
    }
    let pin = lab.shell(&pipeline()).expect("the pipeline works");
    assert_eq!(pin.trim(), lab.server().pin());
    let mock = Mock::start(&lab, Quirk::None);
    let lab = lab.set("EM_URL", mock.url());
    let pin = lab.shell(&pipeline()).expect("the pipeline works");
    assert_eq!(pin.trim(), mock.pin());
}
