use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::*;
use crate::error::RefusalCode;
use crate::money::Money;

const NUMBER: &str = "26332000004021728676";

fn complete() -> ReceivedBuilder {
    ReceivedInvoice::builder()
        .number(NUMBER.parse().unwrap(), Evidence::Structured)
        .kind(ReceivedKind::DigitalOrdinary, Evidence::Structured)
        .date("2026-05-15".parse().unwrap(), Evidence::Structured)
        .gross("458.89".parse().unwrap(), Evidence::QrCode)
}

fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        Just(Evidence::Structured),
        Just(Evidence::QrCode),
        Just(Evidence::Typed),
        Just(Evidence::Text)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn amounts_sum_and_the_strongest_evidence_is_never_overruled(
        amounts in proptest::array::uniform3(-5_i64..5), of in proptest::array::uniform3(evidence())
    ) {
        let [net, tax, gross] = amounts.map(Money::from_fen);
        let built = ReceivedInvoice::builder()
            .number(NUMBER.parse().unwrap(), Evidence::QrCode)
            .kind(ReceivedKind::DigitalOrdinary, Evidence::QrCode)
            .date("2026-05-15".parse().unwrap(), Evidence::QrCode)
            .net(net, of[0]).tax(tax, of[1]).gross(gross, of[2])
            .build();
        let sums = net.fen() + tax.fen() == gross.fen();
        let level = of.iter().all(|evidence| *evidence == of[0]);
        match built {
            Err(refusal) if refusal.code() == RefusalCode::ReceivedAmounts => prop_assert!(!sums && level),
            Err(refusal) => {
                // Only the tax had stronger evidence, and without a total there is no invoice.
                prop_assert_eq!(refusal.code(), RefusalCode::ReceivedMissing);
                prop_assert!(!sums && of[1] < of[0] && of[0] == of[2]);
            }
            Ok(read) => {
                prop_assert!(sums || !level);
                if let (Some(net), Some(tax), Some(gross)) = (read.net(), read.tax(), read.gross()) {
                    prop_assert_eq!(net.checked_add(tax), Some(gross));
                }
                let strongest = of.iter().min().unwrap();
                let fields = [(of[0], net, read.net()), (of[1], tax, read.tax()), (of[2], gross, read.gross())];
                for (evidence, given, kept) in fields {
                    prop_assert!(evidence != *strongest || kept == Some(given));
                }
                prop_assert_eq!(read.disputed().next().is_none(), sums);
            }
        }
    }

    #[test]
    fn the_order_in_which_places_are_read_does_not_matter(
        order in Just([Evidence::Structured, Evidence::QrCode, Evidence::Typed, Evidence::Text]).prop_shuffle(),
        names in proptest::array::uniform4("[甲乙]{1,2}公司")
    ) {
        let name_of = |evidence: Evidence| names[evidence as usize].as_str();
        let read = order
            .iter()
            .fold(complete(), |built, evidence| built.seller_name(name_of(*evidence), *evidence))
            .build()
            .unwrap();
        prop_assert_eq!(read.seller_name(), Some(name_of(Evidence::Structured)));
        prop_assert_eq!(read.evidence(ReceivedField::SellerName), Some(Evidence::Structured));
        let differ = names.iter().any(|name| *name != names[0]);
        prop_assert_eq!(read.is_disputed(ReceivedField::SellerName), differ);
    }
}

#[test]
fn real_codes_become_invoices() {
    for (text, kind, number, net, gross) in [
        (
            "01,32,,26332000004021728676,458.89,20260515,,3050",
            ReceivedKind::DigitalOrdinary,
            NUMBER,
            None,
            Some("458.89"),
        ),
        (
            "01,10,033001800111,25672225,76.72,20180610,82076771121727421121,CB32",
            ReceivedKind::LegacyOrdinary,
            "033001800111-25672225",
            Some("76.72"),
            None,
        ),
        (
            "01,04,1100174320,40184419,329.25,20180512,82190984023325258452,8E15,",
            ReceivedKind::LegacyOrdinaryPaper,
            "1100174320-40184419",
            Some("329.25"),
            None,
        ),
        (
            "01,15,033001800111,25672225,50000.00,20180610,,",
            ReceivedKind::LegacyUsedCar,
            "033001800111-25672225",
            None,
            Some("50000.00"),
        ),
    ] {
        let payload = invoice_validate::qr::parse(text).unwrap();
        let read = ReceivedInvoice::builder().qr(&payload).build().unwrap();
        assert_eq!((read.kind(), read.number().as_str()), (kind, number), "{text}");
        let amount = |text: Option<&str>| text.map(|text| text.parse::<Money>().unwrap());
        assert_eq!((read.net(), read.gross()), (amount(net), amount(gross)), "{text}");
        assert_eq!(
            read.check_code().map(CheckCode::as_str),
            Some(payload.check_code).filter(|c| !c.is_empty())
        );
        assert_eq!(read.evidence(ReceivedField::Date), Some(Evidence::QrCode));
    }
}

#[test]
fn what_is_missing_or_does_not_fit_is_named() {
    let refused = |built: ReceivedBuilder| built.build().unwrap_err();
    let empty = ReceivedInvoice::builder();
    assert_eq!(refused(empty.clone()).code(), RefusalCode::ReceivedMissing);
    let legacy = "033001800111-25672225".parse().unwrap();
    let misfit =
        empty.clone().kind(ReceivedKind::DigitalSpecial, Evidence::QrCode).number(legacy, Evidence::QrCode);
    let misfit = misfit.date("2026-05-15".parse().unwrap(), Evidence::QrCode);
    let fields = |refusal: crate::error::Refusal| refusal.facts().map(|(_, what)| what.to_owned()).next();
    assert_eq!(fields(refused(misfit.clone())).as_deref(), Some("gross"));
    assert_eq!(fields(refused(misfit.clone().tax(Money::ZERO, Evidence::Text))).as_deref(), Some("gross"));
    let misfit = misfit.net(Money::ZERO, Evidence::QrCode);
    assert_eq!(refused(misfit).code(), RefusalCode::ReceivedNumber);
    let coded = "033001800111-25672225".parse().unwrap();
    assert_eq!(refused(complete().digital_number(coded, Evidence::Text)).code(), RefusalCode::ReceivedNumber);
    let long = "名".repeat(MAX_TEXT + 1);
    assert_eq!(refused(complete().buyer_name(&long, Evidence::Text)).code(), RefusalCode::ReceivedTooLong);
    assert!(complete().buyer_name(&long[..long.len() - 3], Evidence::Text).build().is_ok());
    let row = ReceivedRow::new("*餐饮服务*餐费").with_spec(long);
    assert_eq!(refused(complete().rows(vec![row], Evidence::Text)).code(), RefusalCode::ReceivedTooLong);
    let rows = vec![ReceivedRow::new("行"); MAX_ROWS + 1];
    assert_eq!(refused(complete().rows(rows, Evidence::Text)).code(), RefusalCode::ReceivedTooLong);
    let most = complete().net(Money::from_fen(i64::MIN), Evidence::Text);
    assert_eq!(refused(most).code(), RefusalCode::AmountOverflow);
}

#[test]
fn a_second_file_adds_to_the_first_and_repeats_nothing() {
    let pdf = SourceFile::new(SourceFormat::Pdf, [1; 32]);
    let xml = SourceFile::new(SourceFormat::Xml, [2; 32]);
    let first = complete()
        .buyer_tax_id("9144 0300-1922 0382 16", Evidence::Text)
        .rows(vec![ReceivedRow::new("*餐饮服务*餐费").with_net("432.92".parse().unwrap())], Evidence::Text)
        .source(pdf.clone())
        .build()
        .unwrap();
    assert_eq!(first.buyer_tax_id(), Some("914403001922038216"));
    assert_eq!(ReceivedInvoice::builder().also(&first).build().unwrap(), first);
    assert_eq!(ReceivedInvoice::builder().also(&first).also(&first).build().unwrap(), first);
    let second = complete().tax("25.97".parse().unwrap(), Evidence::Structured).source(xml.clone());
    let both = second.also(&first).build().unwrap();
    assert_eq!(both.net(), Some("432.92".parse().unwrap()));
    assert_eq!(both.evidence(ReceivedField::Net), Some(Evidence::QrCode));
    assert_eq!(both.sources().collect::<Vec<_>>(), [&xml, &pdf]);
    assert_eq!(both.rows().first().unwrap().category(), Some("餐饮服务"));
}

#[test]
fn invoices_are_kept_as_text_and_show_nobody() {
    let read = complete()
        .seller_name("杭州某某餐饮有限公司", Evidence::Text)
        .buyer_name("王小明", Evidence::Typed)
        .buyer_tax_id("110105199003078857", Evidence::Typed)
        .check_code("82076771121727421121".parse().unwrap(), Evidence::Text)
        .remark("房间 1204", Evidence::Text)
        .rows(vec![ReceivedRow::new("*住宿服务*住宿费")], Evidence::Text)
        .source(SourceFile::new(SourceFormat::Ofd, [7; 32]))
        .build()
        .unwrap();
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<ReceivedInvoice>(&text).unwrap(), read);
    let shown = format!("{read:?} {:?} {:?}", complete().buyer_name("王小明", Evidence::Text), read.rows());
    for secret in ["某某", "王", "110105", "427421", "1204", "住宿", "40217"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
