//! Titles against the table of required fields.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use invoice_validate::certificate::Certificate;
use invoice_validate::title::{
    self, BuyerKind, ChannelProfile, InvoiceClass, Medium, Need, Regime, SpecialToPerson, TitleContext,
    TitleField, TitleFields, TitleRules,
};
use invoice_validate::{Date, Severity, rule};

const FULL: TitleFields<'static> = TitleFields {
    name: "华为技术有限公司",
    tax_id: Some("914403001922038216"),
    address: Some("深圳市龙岗区坂田华为总部办公楼"),
    phone: Some("0755-28780808"),
    bank: Some("中国工商银行深圳华为支行"),
    account: Some("4000021209200123456"),
    email: Some("fapiao@example.com"),
    mobile: Some("13800138000"),
    certificate: None,
};

const CLASSES: [InvoiceClass; 2] = [InvoiceClass::Special, InvoiceClass::Ordinary];
const MEDIA: [Medium; 2] = [Medium::Electronic, Medium::Paper];
const REGIMES: [Regime; 2] = [Regime::Digital, Regime::Legacy];
const BUYERS: [BuyerKind; 4] =
    [BuyerKind::Company, BuyerKind::Person, BuyerKind::NonTaxOrganisation, BuyerKind::Foreign];
const CHANNELS: [ChannelProfile; 4] =
    [ChannelProfile::Bureau, ChannelProfile::WebBureau, ChannelProfile::Nuonuo, ChannelProfile::Baiwang];

fn every_context() -> Vec<TitleContext<'static>> {
    let mut out = Vec::new();
    for class in CLASSES {
        for medium in MEDIA {
            for regime in REGIMES {
                for buyer in BUYERS {
                    for channel in CHANNELS {
                        let context = TitleContext::new(class, buyer).with_medium(medium);
                        out.push(context.with_regime(regime).with_channel(channel));
                    }
                }
            }
        }
    }
    out
}

/// The table said again, independently, for all 128 combinations.
fn required(context: &TitleContext<'_>) -> Vec<&'static str> {
    use InvoiceClass::{Ordinary, Special};
    let mut out = vec!["title.name"];
    match (context.class, context.regime, context.buyer) {
        (Special, Regime::Legacy, _) => {
            out.extend(["title.tax_id", "title.address", "title.phone", "title.bank", "title.account"]);
        }
        (Special, Regime::Digital, _) | (Ordinary, Regime::Legacy, BuyerKind::Company) => {
            out.push("title.tax_id")
        }
        _ => {}
    }
    out
}

#[test]
fn an_empty_title_lacks_exactly_the_required_fields() {
    for mut context in every_context() {
        context.special_to_person = SpecialToPerson::Allow;
        let report = title::check(&TitleFields::default(), &context);
        let missing: Vec<_> = report.errors().map(|fault| fault.path()).collect();
        assert_eq!(missing, required(&context), "{context:?}");
    }
}

#[test]
fn a_full_title_passes_everywhere_it_should() {
    for mut context in every_context() {
        context.special_to_person = SpecialToPerson::Allow;
        let report = title::check(&FULL, &context);
        assert!(report.is_valid(), "{context:?}: {report}");
    }
}

#[test]
fn removing_a_required_field_names_it() {
    for context in every_context().into_iter().filter(|context| context.buyer == BuyerKind::Company) {
        for field in TitleField::ALL {
            let mut fields = FULL;
            match field {
                TitleField::Name => fields.name = " ",
                TitleField::TaxId => fields.tax_id = None,
                TitleField::Address => fields.address = Some(""),
                TitleField::Phone => fields.phone = None,
                TitleField::Bank => fields.bank = None,
                TitleField::Account => fields.account = None,
                TitleField::Email => fields.email = None,
                TitleField::Mobile => fields.mobile = None,
            }
            let report = title::check(&fields, &context);
            let named = report.errors().any(|fault| fault.path() == field.path());
            let needed = TitleRules::current().need(field, &context) == Need::Required;
            assert_eq!(named, needed, "{field:?} {context:?}: {report}");
        }
    }
}

#[test]
fn an_ordinary_invoice_takes_any_number_the_bureau_takes() {
    let ordinary = TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Company);
    for number in ["440301192203821", "44030119220382110001", "AB03011922038211"] {
        let fields = TitleFields { tax_id: Some(number), ..FULL };
        assert!(title::is_valid(&fields, &ordinary), "{number}");
    }
    let fields = TitleFields { tax_id: Some("12345"), ..FULL };
    assert!(!title::is_valid(&fields, &ordinary));
}

#[test]
fn persons() {
    let person =
        TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Person).on(Date::new(2026, 11, 22).unwrap());
    let id = "11010519491231002X";
    let given = |nationality| TitleFields {
        name: "张三",
        tax_id: Some(id),
        certificate: Some(Certificate { kind: "201", number: id, nationality }),
        ..TitleFields::default()
    };
    assert!(title::is_valid(&given("156"), &person));
    let report = title::check(&given("344"), &person);
    assert_eq!(report.errors().next().unwrap().path(), "title.certificate.nationality");
    let mut other = given("156");
    other.tax_id = Some("440524188001010014");
    assert_eq!(title::check(&other, &person).errors().next().unwrap().code().as_str(), "TITLE-TAXID-04");
    let company = TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Company);
    assert_eq!(
        title::check(&given("156"), &company).errors().next().unwrap().code().as_str(),
        "TITLE-CERT-01"
    );
    let short = TitleFields { name: "张", ..TitleFields::default() };
    assert_eq!(title::check(&short, &person).errors().next().unwrap().code().as_str(), "TITLE-NAME-02");
    for name in ["张三", "张先生", "欧阳", "张三（个人）"] {
        let fields = TitleFields { name, ..TitleFields::default() };
        assert!(title::check(&fields, &person).is_empty(), "{name}");
    }
    let passport = TitleFields {
        name: "John Smith",
        tax_id: Some("E12345678"),
        certificate: Some(Certificate { kind: "208", number: "E12345678", nationality: "840" }),
        ..TitleFields::default()
    };
    assert!(title::is_valid(&passport, &person), "{}", title::check(&passport, &person));
}

#[test]
fn a_special_invoice_to_a_person_is_a_switch() {
    let mut context = TitleContext::new(InvoiceClass::Special, BuyerKind::Person);
    let fields = TitleFields { name: "张三", tax_id: Some("11010519491231002X"), ..TitleFields::default() };
    assert_eq!(title::check(&fields, &context).errors().next().unwrap().code().as_str(), "TITLE-CLASS-01");
    context.special_to_person = SpecialToPerson::Allow;
    assert!(title::is_valid(&fields, &context));
}

#[test]
fn a_person_may_override_what_may_be_overridden_and_it_stays_visible() {
    let context = TitleContext::new(InvoiceClass::Special, BuyerKind::Company);
    for rule in rule::all() {
        let accepted = [rule.code()];
        for number in ["914403001922038217", "12345", "000000000000000000", "91990000600037341Y"] {
            let fields = TitleFields { tax_id: Some(number), ..FULL };
            let (before, after) =
                (title::check(&fields, &context), title::check(&fields, &context.accepting(&accepted)));
            assert_eq!(before.faults().len(), after.faults().len(), "nothing is hidden");
            for (was, is) in before.faults().iter().zip(after.faults()) {
                let lowered = was.severity() == Severity::Error
                    && was.code() == rule.code()
                    && rule.may_override() == rule::Override::Allowed;
                let wanted = if lowered { Severity::Warning } else { was.severity() };
                assert_eq!(is.severity(), wanted, "{number} {}", was.code());
            }
        }
    }
    let accepted = [rule::tax_id::USCC_CHECK.code()];
    let fields = TitleFields { tax_id: Some("914403001922038217"), ..FULL };
    assert!(!title::is_valid(&fields, &context) && title::is_valid(&fields, &context.accepting(&accepted)));
}

#[test]
fn the_suffix_of_persons_is_printed_once() {
    let rows = [
        ("张三", BuyerKind::Person, "张三（个人）"),
        ("张三（个人）", BuyerKind::Person, "张三（个人）"),
        ("张三(个人)", BuyerKind::Person, "张三（个人）"),
        ("張三(個人)", BuyerKind::Person, "張三（个人）"),
        ("华为技术有限公司", BuyerKind::Company, "华为技术有限公司"),
    ];
    for (name, buyer, printed) in rows {
        assert_eq!(title::printed_name(name, buyer), printed);
    }
    let company = TitleContext::new(InvoiceClass::Ordinary, BuyerKind::NonTaxOrganisation);
    let code = |name| {
        let fields = TitleFields { name, ..TitleFields::default() };
        title::check(&fields, &company)
            .faults()
            .first()
            .map(|fault| (fault.code().as_str(), fault.severity()))
    };
    assert_eq!(code("某某公司(个人)"), Some(("TITLE-NAME-04", Severity::Warning)));
    assert_eq!(code("张三"), Some(("TITLE-NAME-03", Severity::Hint)));
    assert_eq!(code("914403001922038216"), Some(("TITLE-NAME-05", Severity::Warning)));
    assert_eq!(code("某某村民委员会"), None);
}

#[test]
fn buyer_and_seller_differ() {
    let context =
        TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Company).with_seller("9144 0300 1922 0382 16");
    assert_eq!(title::check(&FULL, &context).errors().next().unwrap().code().as_str(), "TITLE-TAXID-03");
}

#[test]
fn a_channel_that_joins_fields_limits_them_together() {
    let context =
        TitleContext::new(InvoiceClass::Ordinary, BuyerKind::Company).with_channel(ChannelProfile::Nuonuo);
    let address = "街".repeat(80);
    let phone = "1".repeat(21);
    let fields = TitleFields { address: Some(&address), phone: Some(&phone), ..FULL };
    let report = title::check(&fields, &context);
    assert!(report.faults().iter().any(|fault| fault.code().as_str() == "TITLE-BANK-03"), "{report}");
}

#[test]
fn nothing_of_a_title_is_shown() {
    let context =
        TitleContext::new(InvoiceClass::Special, BuyerKind::Person).with_seller("914403001922038216");
    let report = title::check(&FULL, &context);
    let shown = format!("{:?} {context:?} {report:?} {report}", FULL);
    for secret in ["华为", "9144", "28780808", "example.com", "13800138000", "40000212"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
