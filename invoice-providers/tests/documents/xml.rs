//! National XML: what is written is read again, what real files do is understood, what is hostile is refused by code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use crate::support::{face, row, yuan};
use invoice_core::money::Money;
use invoice_core::provider::DocumentFormat;
use invoice_core::received::ReceivedKind;
use invoice_core::tax::TaxRate;
use invoice_providers::document::{DocumentCode, FaceParty, FaceRate, FaceRow, InvoiceFace, xml};
use proptest::prelude::*;
use rust_decimal::Decimal;
use xml::XmlFile;

fn read(text: &str) -> Result<InvoiceFace, DocumentCode> {
    XmlFile::read(text.as_bytes().to_vec()).map(XmlFile::into_face).map_err(|error| error.code())
}

/// Text as a form may hold it: anything but control characters, no blanks around it.
fn printable() -> impl Strategy<Value = String> {
    "[^\\p{C}\u{fffe}\u{ffff}]{1,40}"
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("not blank", |t| !t.is_empty())
}

fn maybe_text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(printable())
}

fn money() -> impl Strategy<Value = Option<Money>> {
    prop::option::of((-10_000_000_000_000_i64..10_000_000_000_000).prop_map(Money::from_fen))
}

fn decimal() -> impl Strategy<Value = Option<Decimal>> {
    let number = (-1_000_000_000_000_i64..1_000_000_000_000, 0_u32..13);
    prop::option::of(number.prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale).normalize()))
}

fn rate() -> impl Strategy<Value = FaceRate> {
    prop_oneof![
        (0_u32..=1_000_000)
            .prop_map(|millionths| FaceRate::Rate(TaxRate::from_millionths(millionths).unwrap())),
        Just(FaceRate::Blank),
        Just(FaceRate::Exempt),
        Just(FaceRate::NotTaxable),
        Just(FaceRate::Differential),
        Just(FaceRate::Telecom),
    ]
}

prop_compose! {
    fn any_row()(
        name in printable(), spec in maybe_text(), unit in maybe_text(), numbers in (decimal(), decimal()),
        amounts in (money(), money(), money()), rate in rate(), code in any::<bool>(),
    ) -> FaceRow {
        let mut row = FaceRow::default();
        (row.name, row.spec, row.unit) = (name, spec, unit);
        (row.quantity, row.unit_price) = numbers;
        (row.net, row.tax, row.gross) = amounts;
        row.rate = rate;
        row.code = code.then(|| "1030201010000000000".parse().unwrap());
        row
    }
}

prop_compose! {
    fn party()(texts in prop::array::uniform6(maybe_text())) -> FaceParty {
        let mut party = FaceParty::default();
        [party.tax_id, party.name, party.address, party.phone, party.bank, party.account] = texts;
        party
    }
}

prop_compose! {
    fn any_face()(
        serial in 0_u64..1_000_000_000_000_000_000, kind in prop::option::of(prop::sample::select(ReceivedKind::ALL)),
        red in any::<bool>(), at in prop::option::of(0_i64..4_000_000_000), parties in (party(), party()),
        rows in prop::collection::vec(any_row(), 0..20), amounts in (money(), money(), money()),
        texts in prop::array::uniform3(maybe_text()), bureau in prop::option::of(("[0-9]{2}", printable())),
    ) -> InvoiceFace {
        let mut face = InvoiceFace::new(format!("26{serial:018}").parse().unwrap());
        (face.kind, face.red, face.rows, face.bureau) = (kind, red, rows, bureau);
        face.issued_at = at.map(|second| chrono::DateTime::from_timestamp(second, 0).unwrap());
        face.issued_on = face.issued_at.map(invoice_core::tax::tax_day);
        (face.seller, face.buyer) = parties;
        (face.net, face.tax, face.gross) = amounts;
        [face.drawer, face.remark, face.confirmation] = texts;
        face.blue = red.then(|| "25442000000000000009".parse().unwrap());
        face
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(face in any_face()) {
        let bytes = xml::write(&face);
        let file = XmlFile::read(bytes.clone()).unwrap();
        prop_assert_eq!(file.face(), &face);
        prop_assert!(file.is_specimen());
        prop_assert_eq!(file.version(), Some(xml::VERSION));
        prop_assert_eq!(file.bytes(), &bytes);
    }

    #[test]
    fn no_cut_and_no_flipped_byte_is_a_panic(face in any_face(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = xml::write(&face);
        let place = at.index(bytes.len());
        let cut = XmlFile::read(bytes[..place].to_vec());
        // Nothing but the last line break can go without being missed.
        prop_assert!(cut.is_err() || place >= bytes.len() - 1);
        bytes[place] = byte;
        let _ = XmlFile::read(bytes);
    }
}

#[test]
fn bytes_and_digest_are_those_that_arrived() {
    // A blank behind the root changes nothing but the digest.
    let mut bytes = xml::write(&face(2));
    let first = XmlFile::read(bytes.clone()).unwrap();
    bytes.push(b'\n');
    let second = XmlFile::read(bytes.clone()).unwrap();
    assert_eq!(first.face(), second.face());
    assert_ne!(first.digest(), second.digest());
    assert_eq!(second.bytes(), bytes);
    // SHA-256 of nothing but this test: computed by another program.
    let known = XmlFile::read(b"<EInvoice><TaxSupervisionInfo><InvoiceNumber>26442000000000000001</InvoiceNumber></TaxSupervisionInfo></EInvoice>".to_vec()).unwrap();
    let hex: String = known.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "951c3a3812445ef51492a1e886ed3a72d048e18f42be2d5a96d21e3decb2aad1");
}

/// What real files look like, by their structure; names and numbers are made up.
const REAL: &str = r#"<?xml version="1.0" encoding="utf-8" standalone="yes"?><EInvoice xmlns="urn:any">
<Header><EIid>26320000000000100001</EIid><EInvoiceTag>SWEI3200</EInvoiceTag><Version>0.32</Version>
<InherentLabel><InIssuType><LabelCode>Y</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>
<EInvoiceType><LabelCode>01</LabelCode><LabelName>电子发票</LabelName></EInvoiceType>
<GeneralOrSpecialVAT><LabelCode>02</LabelCode><LabelName>普通发票</LabelName></GeneralOrSpecialVAT></InherentLabel></Header>
<EInvoiceData>
<SellerInformation><SellerIdNum>91320000MA1EXAMPL2</SellerIdNum><SellerName><![CDATA[样例出行 & 服务有限公司]]></SellerName><SellerAddr/></SellerInformation>
<BuyerInformation><BuyerIdNum></BuyerIdNum><BuyerName>某公司</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>38.39</TotalAmWithoutTax><TotalTaxAm>1.150000</TotalTaxAm>
<TotalTax-includedAmount>39.54</TotalTax-includedAmount><TotalTax-includedAmountInChinese>叁拾玖圆伍角肆分</TotalTax-includedAmountInChinese>
<Drawer>开票员</Drawer><RequestTime>2026-07-18 09:30:00</RequestTime></BasicInformation>
<IssuItemInformation><ItemName>*运输服务*客运服务费</ItemName><Quantity>1.00</Quantity><UnPrice>39.3500000000</UnPrice><Amount>39.35</Amount><TaxRate>0.030000</TaxRate><ComTaxAm>1.18</ComTaxAm><TotaltaxIncludedAmount>40.53</TotaltaxIncludedAmount><TaxClassificationCode>3010102010100000000</TaxClassificationCode></IssuItemInformation>
<IssuItemInformation><ItemName>*运输服务*客运服务费</ItemName><Amount>-0.96</Amount><TaxRate>3%</TaxRate><ComTaxAm>-0.03</ComTaxAm><TotalTaxIncludedAmount>-0.99</TotalTaxIncludedAmount></IssuItemInformation>
<IssuItemInformation/>
<SpecificInformation/><AdditionalInformation><Remark> 行程 2 段 </Remark></AdditionalInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>26320000000000100001</InvoiceNumber><IssueTime>2026-07-18 09:30:05</IssueTime><TaxBureauCode>13200000000</TaxBureauCode><TaxBureauName>样例税务局</TaxBureauName></TaxSupervisionInfo><ptbh>1</ptbh></EInvoice>"#;

#[test]
fn a_file_as_it_is_in_the_wild_is_read() {
    let face = read(REAL).unwrap();
    assert_eq!(face.number.as_str(), "26320000000000100001");
    assert_eq!((face.kind, face.red), (Some(ReceivedKind::DigitalOrdinary), false));
    assert_eq!(face.issued_on.unwrap().to_string(), "2026-07-18");
    assert_eq!(face.issued_at.unwrap().to_rfc3339(), "2026-07-18T01:30:00+00:00");
    assert_eq!(
        (face.net, face.tax, face.gross),
        (Some(yuan("38.39")), Some(yuan("1.15")), Some(yuan("39.54")))
    );
    assert_eq!(face.seller.name.as_deref(), Some("样例出行 & 服务有限公司"));
    assert_eq!((face.seller.address, face.buyer.tax_id), (None, None));
    assert_eq!(face.remark.as_deref(), Some("行程 2 段"));
    assert_eq!(face.bureau, Some(("32".to_owned(), "样例税务局".to_owned())));
    assert_eq!(face.rows.len(), 2);
    assert_eq!(
        (face.rows[0].quantity, face.rows[0].rate),
        (Some(1.into()), FaceRate::Rate(TaxRate::percent(3).unwrap()))
    );
    assert_eq!(
        (face.rows[1].net, face.rows[1].tax, face.rows[1].gross),
        (Some(yuan("-0.96")), Some(yuan("-0.03")), Some(yuan("-0.99")))
    );
    assert_eq!(face.rows[1].rate, face.rows[0].rate);
}

#[test]
fn what_stands_in_place_of_rate_and_tax_is_understood() {
    for (rate, tax, want) in [
        ("免税", "***", (FaceRate::Exempt, None)),
        ("不征税", "", (FaceRate::NotTaxable, None)),
        ("*", "*", (FaceRate::Telecom, None)),
        ("***", "0.12", (FaceRate::Differential, Some(yuan("0.12")))),
        ("0%", "0", (FaceRate::Rate(TaxRate::ZERO), Some(Money::ZERO))),
        ("", "0.120000", (FaceRate::Blank, Some(yuan("0.12")))),
    ] {
        let text = REAL.replace("0.030000", rate).replace("1.18", tax);
        let row = read(&text).unwrap().rows.remove(0);
        assert_eq!((row.rate, row.tax), want, "{rate} {tax}");
    }
}

#[test]
fn red_invoices_are_known_by_label_or_by_sign() {
    assert!(read(&REAL.replace("<LabelCode>Y<", "<LabelCode>N<")).unwrap().red);
    let bare = REAL.replace(
        "<InIssuType><LabelCode>Y</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>",
        "",
    );
    assert!(!read(&bare).unwrap().red);
    assert!(read(&bare.replace(">39.54<", ">-39.54<")).unwrap().red);
    let red = "<SpecificInformation><RedEInvoice><OriginalInvoiceCode>24112000000135114086</OriginalInvoiceCode><CreditNoteNumber>11010824091002615708</CreditNoteNumber></RedEInvoice></SpecificInformation>";
    let face = read(&REAL.replace("<SpecificInformation/>", red)).unwrap();
    assert_eq!(face.blue.unwrap().as_str(), "24112000000135114086");
    assert_eq!(face.confirmation.as_deref(), Some("11010824091002615708"));
}

#[test]
fn what_does_not_hold_names_its_element_and_not_its_text() {
    let error = XmlFile::read(REAL.replace(">39.54<", ">三十九<").into_bytes()).unwrap_err();
    assert_eq!(
        (error.code(), error.place()),
        (DocumentCode::FieldUnreadable, Some("TotalTax-includedAmount"))
    );
    let error = XmlFile::read(REAL.replace(">-0.03<", ">0.001<").into_bytes()).unwrap_err();
    assert_eq!(error.place(), Some("row 2, ComTaxAm"));
    assert!(!error.to_string().contains("0.001"), "{error}");
    assert_eq!(read(&REAL.replace("26320000000000100001", "2632")), Err(DocumentCode::NumberUnreadable));
    assert!(!format!("{:?}", read(REAL).unwrap()).contains("某公司"));
}

#[test]
fn hostile_files_are_refused_by_code() {
    let lol = "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let deep = format!("<EInvoice>{}{}</EInvoice>", "<a>".repeat(100), "</a>".repeat(100));
    let many = format!("<EInvoice>{}</EInvoice>", "<a/>".repeat(300_000));
    let wide =
        format!("<EInvoice {}/>", (0..300_000).map(|n| format!("a{n}=''")).collect::<Vec<_>>().join(" "));
    for (text, want) in [
        (lol.to_owned() + REAL, DocumentCode::XmlDeclares),
        (REAL.replace("某公司", "&xxe;"), DocumentCode::XmlDeclares),
        (deep, DocumentCode::XmlTooDeep),
        (many, DocumentCode::XmlTooMany),
        (wide, DocumentCode::XmlTooMany),
        (REAL.replace("utf-8", "GBK"), DocumentCode::XmlEncoding),
        (REAL.replace("utf-8", "gb18030"), DocumentCode::XmlEncoding),
        (REAL.replace("</Header>", "</Heade>"), DocumentCode::XmlBroken),
        (REAL[..REAL.len() - 3].to_owned(), DocumentCode::XmlBroken),
        (format!("{REAL}<EInvoice/>"), DocumentCode::XmlBroken),
        (String::new(), DocumentCode::XmlBroken),
        ("发票".to_owned(), DocumentCode::XmlBroken),
        ("<html><body/></html>".to_owned(), DocumentCode::NotAnInvoice),
    ] {
        let shown: String = text.chars().take(80).collect();
        assert_eq!(read(&text).map(|_| ()), Err(want), "{shown}");
    }
    // GBK itself, without a word about it; and the other Unicode.
    let gbk = [
        &b"<EInvoice><BuyerName>\xc4\xb3\xb9\xab\xcb\xbe</BuyerName></EInvoice>"[..],
        b"\xff\xfe<\0E\0/\0>\0",
    ];
    for bytes in gbk {
        assert_eq!(XmlFile::read(bytes.to_vec()).unwrap_err().code(), DocumentCode::XmlEncoding);
    }
    let large = vec![b' '; xml::MAX_BYTES + 1];
    assert_eq!(XmlFile::read(large).unwrap_err().code(), DocumentCode::TooLarge);
}

/// A legacy electronic invoice's `original_invoice.xml`, by its structure.
const LEGACY: &str = r#"<?xml version="1.0" encoding="UTF-8"?><eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019" Version="1.0">
<fp:DocID>edrm</fp:DocID><fp:InvoiceCode>033001800111</fp:InvoiceCode><fp:InvoiceNo>25672225</fp:InvoiceNo><fp:IssueDate>2018年06月10日</fp:IssueDate>
<fp:InvoiceCheckCode>82076771121721427121</fp:InvoiceCheckCode><fp:Buyer><fp:BuyerName>某公司</fp:BuyerName><fp:BuyerTaxID>91330100799655058B</fp:BuyerTaxID></fp:Buyer>
<fp:Seller><fp:SellerName>样例商店</fp:SellerName><fp:SellerTaxID>91440300MA5EXAMPL1</fp:SellerTaxID><fp:SellerAddrTel>样例路 1 号 0755-1</fp:SellerAddrTel></fp:Seller>
<fp:TaxInclusiveTotalAmount>89.00</fp:TaxInclusiveTotalAmount><fp:InvoiceClerk>甲</fp:InvoiceClerk><fp:TaxTotalAmount>12.28</fp:TaxTotalAmount><fp:TaxExclusiveTotalAmount>76.72</fp:TaxExclusiveTotalAmount>
<fp:GraphCode>01,10,033001800111,25672225,76.72,20180610,82076771121721427121,CB32</fp:GraphCode>
<fp:GoodsInfos><fp:GoodsInfo><fp:Item>*日用杂品*杯子</fp:Item><fp:Specification/><fp:MeasurementDimension>个</fp:MeasurementDimension><fp:Price>38.36</fp:Price><fp:Quantity>2</fp:Quantity><fp:Amount>76.72</fp:Amount><fp:TaxScheme>16%</fp:TaxScheme><fp:TaxAmount>12.28</fp:TaxAmount></fp:GoodsInfo></fp:GoodsInfos></eInvoice>"#;

#[test]
fn the_xml_of_a_legacy_invoice_is_read() {
    let face = read(LEGACY).unwrap();
    assert_eq!(face.number.as_str(), "033001800111-25672225");
    assert_eq!(face.kind, Some(ReceivedKind::LegacyOrdinary));
    assert_eq!((face.net, face.gross), (Some(yuan("76.72")), Some(yuan("89.00"))));
    assert_eq!(face.issued_on.unwrap().to_string(), "2018-06-10");
    assert_eq!(face.check_code.as_deref(), Some("82076771121721427121"));
    assert_eq!((face.rows[0].name.as_str(), face.rows[0].quantity), ("*日用杂品*杯子", Some(2.into())));
    assert_eq!(read(&LEGACY.replace(">033001800111<", ">0330<")), Err(DocumentCode::NumberUnreadable));
}

#[test]
fn an_xbrl_instance_is_known_by_its_taxonomy() {
    let rail = r#"<?xml version="1.0"?><xbrl xmlns="http://www.xbrl.org/2003/instance" xmlns:rai="http://xbrl.mof.gov.cn/taxonomy/2021-11-30/rai">
<context id="c"><entity><identifier scheme="s">x</identifier></entity></context>
<rai:TypeOfVoucher contextRef="c">电子发票（铁路电子客票）</rai:TypeOfVoucher><rai:ElectronicInvoiceRailwayETicketNumber contextRef="c">26419000000000000214</rai:ElectronicInvoiceRailwayETicketNumber>
<rai:DateOfIssue contextRef="c">2026-07-11</rai:DateOfIssue><rai:Fare contextRef="c">272.50</rai:Fare><rai:TotalAmountExcludingTax contextRef="c">250.00</rai:TotalAmountExcludingTax><rai:TaxAmount contextRef="c">22.50</rai:TaxAmount>
<rai:NameOfPurchaser contextRef="c">某公司</rai:NameOfPurchaser><rai:UnifiedSocialCreditCodeOfPurchaser contextRef="c">91330100799655058B</rai:UnifiedSocialCreditCodeOfPurchaser><rai:IssueParty contextRef="c"></rai:IssueParty></xbrl>"#;
    let face = read(rail).unwrap();
    assert_eq!((face.number.as_str(), face.gross), ("26419000000000000214", Some(yuan("272.50"))));
    assert_eq!((face.buyer.name.as_deref(), face.seller.name), (Some("某公司"), None));
    assert_eq!(read(&rail.replace("xbrl.mof.gov.cn", "example.org")), Err(DocumentCode::NotAnInvoice));

    let receiver = r#"<xbrli:xbrl xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:einv="http://xbrl.mof.gov.cn/taxonomy/2023-12-31/einv"><einv:InvoiceNumber>24442000000000000001</einv:InvoiceNumber><einv:SellerName>样例</einv:SellerName><einv:RequestTime>2026-01-10T09:30:00</einv:RequestTime><einv:TotalTax-includedAmount>113.00</einv:TotalTax-includedAmount><einv:WhetherEinvoiceIsRedEinvoice>false</einv:WhetherEinvoiceIsRedEinvoice></xbrli:xbrl>"#;
    let face = read(receiver).unwrap();
    assert_eq!(
        (face.issued_on.unwrap().to_string().as_str(), face.gross),
        ("2026-01-10", Some(yuan("113.00")))
    );
}

#[test]
fn names_are_the_bureaus() {
    let mut face = face(1);
    assert_eq!(xml::file_name(&face, DocumentFormat::Xml), "dzfp_26442000000000000001_20260501120000.xml");
    face.issued_at = None;
    assert_eq!(xml::file_name(&face, DocumentFormat::Ofd), "dzfp_26442000000000000001.ofd");
}

#[test]
fn codes_are_unique_and_each_says_something_else() {
    let mut codes: Vec<_> = DocumentCode::ALL.iter().map(|code| code.as_str()).collect();
    let mut meanings: Vec<_> = DocumentCode::ALL.iter().map(|code| code.meaning()).collect();
    codes.sort_unstable();
    meanings.sort_unstable();
    assert!(codes.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(meanings.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn an_exempt_row_prints_asterisks_for_its_tax() {
    let mut one = face(0);
    let mut exempt = row("*蔬菜*白菜", "10.00", "0.00");
    (exempt.rate, exempt.tax) = (FaceRate::Exempt, None);
    one.rows.push(exempt);
    let text = String::from_utf8(xml::write(&one)).unwrap();
    assert!(text.contains("<TaxRate>免税</TaxRate>") && text.contains("<ComTaxAm>***</ComTaxAm>"), "{text}");
}
