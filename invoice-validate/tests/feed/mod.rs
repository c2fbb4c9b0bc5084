//! What must hold for any text at all, one function a parser: the fuzz targets and the tests share it.

use invoice_validate::certificate::{Certificate, CertificateKind};
use invoice_validate::preflight::{Direction, Request, Row, RowKind, Totals, Treatment};
use invoice_validate::text::{ChannelProfile, Field};
use invoice_validate::title::{BuyerKind, InvoiceClass, Medium, Regime, TitleContext, TitleFields};
use invoice_validate::{
    Date, bank as bank_module, certificate as cert, paste as pasting, preflight, text as texts,
};

/// The five functions agree, what is formatted reads back as itself, and normalising twice is normalising once.
macro_rules! uniform {
    ($($module:ident),* $(,)?) => {$(
        pub(crate) fn $module(input: &str) {
            use invoice_validate::$module as module;
            let valid = module::is_valid(input);
            assert_eq!(valid, module::check(input).is_valid(), concat!(stringify!($module), ": {:?}"), input);
            match module::parse(input) {
                Ok(value) => {
                    assert!(valid, concat!(stringify!($module), ": {:?}"), input);
                    let formatted = module::format(&value);
                    let again = module::parse(&formatted);
                    assert!(again.as_ref() == Ok(&value), concat!(stringify!($module), ": {:?} as {:?}"), input, formatted);
                }
                Err(report) => {
                    assert!(!valid, concat!(stringify!($module), ": {:?}"), input);
                    assert!(report.errors().next().is_some(), concat!(stringify!($module), ": {:?}"), input);
                }
            }
            let normalized = module::normalize(input).to_string();
            assert_eq!(module::normalize(&normalized).to_string(), normalized, concat!(stringify!($module), ": {:?}"), input);
            assert_eq!(valid, module::is_valid(&normalized), concat!(stringify!($module), ": {:?}"), input);
        }
    )*};
}

uniform!(uscc, resident_id, tax_id, amount, capital, email, phone, invoice_number);

/// An account, and bank and account in one string.
pub(crate) fn bank(input: &str) {
    account::bank(input);
    if let Ok(line) = bank_module::split(input) {
        assert!(bank_module::is_valid(line.account.as_str()), "{input:?}");
        assert!(input.contains(line.bank), "{input:?}");
    }
}

mod account {
    uniform!(bank);
}

/// The checksum is written afresh, so all but that reads back.
pub(crate) fn qr(input: &str) {
    use invoice_validate::qr;
    let valid = qr::is_valid(input);
    assert_eq!(valid, qr::check(input).is_valid(), "{input:?}");
    assert_eq!(qr::normalize(qr::normalize(input)), qr::normalize(input), "{input:?}");
    let Ok(payload) = qr::parse(input) else {
        return assert!(!valid, "{input:?}");
    };
    let formatted = qr::format(&payload);
    let again = qr::parse(&formatted);
    assert!(
        valid && again == Ok(qr::Payload { crc: qr::Crc::Valid, ..payload }),
        "{input:?} as {formatted:?}"
    );
}

/// Spans lie in the input, work stays in proportion.
pub(crate) fn paste(input: &str) {
    let pasted = pasting::extract(input);
    assert!(pasted.work() <= 20_000 + 200 * input.len(), "{} looks for {} bytes", pasted.work(), input.len());
    assert_eq!(pasting::is_valid(input), !pasted.all().is_empty(), "{input:?}");
    assert_eq!(pasting::is_valid(input), pasting::parse(input).is_ok(), "{input:?}");
    let _ = pasting::check(input);
    for found in pasted.all() {
        assert!(input.get(found.span.clone()).is_some_and(|raw| !raw.is_empty()), "{input:?}");
    }
    let normalized = pasting::normalize(input);
    assert_eq!(pasting::normalize(&normalized), normalized, "{input:?}");
    assert!(pasted.all().is_empty() || !pasting::format(&pasted).is_empty(), "{input:?}");
}

/// Every kind of certificate with any number.
pub(crate) fn certificate(input: &str) {
    for kind in ["201", "208", "210", "213", "227", "233", "237", "238", input] {
        let implied = CertificateKind::of_code(kind).and_then(|kind| kind.nationality_for(input));
        for nationality in [implied.unwrap_or("840"), input] {
            let given = Certificate { kind, number: input, nationality };
            let Ok(accepted) = cert::parse(&given) else {
                continue;
            };
            assert!(cert::is_valid(&given), "{kind} {input:?}");
            let formatted = cert::format(&accepted);
            let again = cert::parse(&Certificate { number: &formatted, ..given });
            assert!(again.as_ref() == Ok(&accepted), "{kind} {input:?} as {formatted:?}");
        }
    }
}

const CHANNELS: [ChannelProfile; 4] =
    [ChannelProfile::Bureau, ChannelProfile::WebBureau, ChannelProfile::Nuonuo, ChannelProfile::Baiwang];

/// Free text; its length chooses the channel.
pub(crate) fn text(input: &str) {
    assert_eq!(texts::normalize(&texts::normalize(input)), texts::normalize(input), "{input:?}");
    let channel = CHANNELS[input.len() % 4];
    for field in [Field::Name, Field::Remark, Field::ItemName, Field::Unit] {
        let report = texts::check(input, field, channel);
        assert_eq!(report.is_valid(), texts::is_valid(input, field, channel), "{input:?}");
    }
}

/// A title made of the lines of the text; its length chooses the circumstances.
pub(crate) fn title(input: &str) {
    use invoice_validate::title;
    let fields = title_of(input);
    let class = [InvoiceClass::Special, InvoiceClass::Ordinary][input.len() % 2];
    let buyers = [BuyerKind::Company, BuyerKind::Person, BuyerKind::NonTaxOrganisation, BuyerKind::Foreign];
    let context = TitleContext::new(class, buyers[input.len() / 2 % 4]);
    let context = context.with_channel(CHANNELS[input.len() / 8 % 4]).with_seller(fields.name);
    let context = if input.len() / 32 % 2 == 0 {
        context
    } else {
        context.with_regime(Regime::Legacy).with_medium(Medium::Paper)
    };
    let report = title::check(&fields, &context);
    assert_eq!(report.is_valid(), title::is_valid(&fields, &context), "{input:?}");
    for buyer in [BuyerKind::Company, BuyerKind::Person] {
        let printed = title::printed_name(input, buyer);
        assert_eq!(title::printed_name(&printed, buyer), printed, "{input:?}");
    }
    let _ = title::bare_name(input);
}

fn title_of(input: &str) -> TitleFields<'_> {
    let mut lines = input.lines();
    let mut next = || lines.next();
    TitleFields {
        name: next().unwrap_or_default(),
        tax_id: next(),
        address: next(),
        phone: next(),
        bank: next(),
        account: next(),
        email: next(),
        mobile: next(),
        certificate: next().map(|number| Certificate { kind: "237", number, nationality: "344" }),
    }
}

/// Any number there is, said by any text: its digits where it has some, else its bytes.
fn number(text: &str) -> i64 {
    text.trim().parse().unwrap_or_else(|_| {
        text.bytes().fold(0_i64, |sum, byte| sum.wrapping_mul(257).wrapping_add(i64::from(byte)))
    })
}

/// A request made of the lines of the text: rows of ten fields, then the totals from the same lines.
pub(crate) fn request(input: &str) {
    let lines: Vec<&str> = input.lines().collect();
    let line = |index: usize| lines.get(index).copied().unwrap_or_default();
    let row = |start: usize| Row {
        kind: [RowKind::Normal, RowKind::Discounted, RowKind::Discount][line(start).len() % 3],
        name: line(start),
        short_name: line(start + 1),
        code: line(start + 2),
        spec: line(start + 3),
        unit: line(start + 4),
        quantity: line(start + 5),
        price: line(start + 6),
        rate: u32::try_from(number(line(start + 7)).unsigned_abs() % (1 << 32)).unwrap_or(0),
        net: number(line(start + 8)),
        tax: number(line(start + 9)),
        treatment: match line(start + 4).len() % 3 {
            0 => Treatment::default(),
            1 => Treatment::DifferentialFull { deduction: number(line(start + 9)) },
            _ => Treatment::DifferentialNet { deduction: number(line(start + 9)) },
        },
    };
    let rows: Vec<Row<'_>> =
        (0..lines.len().div_ceil(10).clamp(1, 40)).map(|index| row(index * 10)).collect();
    let totals = Totals { net: number(line(8)), tax: number(line(9)), gross: number(line(10)) };
    let class = [InvoiceClass::Special, InvoiceClass::Ordinary][input.len() % 2];
    let mut asked = Request::new(class, &rows, totals);
    asked.channel = CHANNELS[input.len() % 4];
    asked.direction = if input.len() % 3 == 0 { Direction::Red } else { Direction::Blue };
    asked.date = Date::new(2026, 11, 22).filter(|_| input.len() % 2 == 0);
    asked.title = Some((title_of(input), TitleContext::new(class, BuyerKind::Company)));
    (asked.remark, asked.issuer, asked.payee, asked.reviewer) = (input, line(0), line(1), line(2));
    assert_eq!(preflight::check(&asked).is_valid(), preflight::is_valid(&asked), "{input:?}");
}

type Parser = fn(&str);

/// Every parser by the name of its fuzz target.
#[allow(dead_code, reason = "each fuzz target takes one of the functions")]
pub(crate) const PARSERS: [(&str, Parser); 15] = [
    ("uscc", uscc),
    ("resident_id", resident_id),
    ("tax_id", tax_id),
    ("amount", amount),
    ("capital", capital),
    ("email", email),
    ("phone", phone),
    ("invoice_number", invoice_number),
    ("bank", bank),
    ("qr", qr),
    ("paste", paste),
    ("certificate", certificate),
    ("text", text),
    ("title", title),
    ("request", request),
];

/// Everything above.
#[allow(dead_code, reason = "each fuzz target takes one of the functions")]
pub(crate) fn all(input: &str) {
    for (_, parser) in PARSERS {
        parser(input);
    }
}
