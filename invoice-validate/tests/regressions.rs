//! One test for each mistake that fuzzing or property tests found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_validate::certificate::{self, Certificate};
use invoice_validate::{capital, phone};

/// 2878080-8 is read as the local number 28780808, and so are other numbers whose extension would close up.
#[test]
fn an_extension_is_never_formatted_into_the_number() {
    for (input, formatted) in [
        ("2878080转8", "2878080转8"),
        ("9133020114479257X9", "9133020114479257转9"),
        ("+1 212 555 0100 x 7", "+12125550100转7"),
        ("0755-28780808转8012", "0755-28780808-8012"),
        ("95588转1", "95588转1"),
    ] {
        let read = phone::parse(input).unwrap();
        assert_eq!(phone::format(&read), formatted, "{input}");
        assert_eq!(phone::parse(formatted).as_ref(), Ok(&read), "{input}");
    }
}

/// Digits after the country code may look like a country code again.
#[test]
fn a_country_code_is_not_dropped_twice() {
    for input in ["+860086138001380001", "+868613800138000", "0086008613800138000"] {
        let read = phone::parse(input).unwrap();
        assert_eq!(phone::parse(&phone::format(&read)).as_ref(), Ok(&read), "{input}");
    }
}

/// A number of nothing but invisible characters is no number.
#[test]
fn a_certificate_number_of_invisible_characters_is_missing() {
    for number in ["\0", "\u{200B}\u{FEFF}", " - "] {
        let given = Certificate { kind: "208", number, nationality: "840" };
        assert_eq!(certificate::check(&given).faults()[0].code().as_str(), "CERT-02", "{number:?}");
        assert!(certificate::parse(&given).is_err());
    }
}

/// Dress inside dress: what is left after normalising once must not be taken off the second time.
#[test]
fn a_capital_amount_is_normalised_in_one_go() {
    for input in [
        "人民:币壹仟零费拾人民币\u{1}^",
        "人民 币人民币壹圆整",
        "负数数壹圆整",
        "負数壹圆整",
        "（负數）壹圆整",
        "(负数)(负数)壹圆整",
    ] {
        let once = capital::normalize(input);
        assert_eq!(capital::normalize(&once), once, "{input:?}");
        assert_eq!(capital::is_valid(&once), capital::is_valid(input), "{input:?}");
    }
    assert_eq!(capital::parse("負数 人民币壹圆整").is_ok(), capital::parse("负人民币壹圆整").is_ok());
    assert_eq!(capital::parse("人民 币 負 數 貳圓正"), Ok(-200));
    assert!(!capital::is_valid("负数数壹圆整"));
}
