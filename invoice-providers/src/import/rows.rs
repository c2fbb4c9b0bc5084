use std::io::Read;

use invoice_core::application::{ApplyRequest, OrderScope, Scope};
use invoice_core::batch::{BatchRow, MAX_ROWS, RowWish};
use invoice_core::id::{ApplicationId, BuyerId, OrderId, SellerId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::money::Money;
use invoice_core::title::{BuyerKind, Title};

use super::table::{Column, Head, ImportError, Line, below_head, csv_lines};

const COLUMNS: &[Column] = &[
    ("seller", &["开票主体"]),
    ("buyer", &["购买方账号"]),
    ("orders", &["订单号"]),
    ("kind", &["票种"]),
    ("title_kind", &["抬头类型"]),
    ("name", &["抬头"]),
    ("tax_id", &["税号"]),
    ("address", &["地址"]),
    ("phone", &["电话"]),
    ("bank", &["开户行"]),
    ("account", &["账号"]),
    ("amount", &["金额"]),
    ("remark", &["备注"]),
];
const NEEDED: &[&str] = &["seller", "buyer", "orders", "kind", "name"];

/// Reads applications through the back office from CSV, one a row, below a head row.
///
/// `orders` holds one order id or several with `+` between them; `amount` a gross amount in yuan of one order, or
/// nothing for all that is open; `kind` a name such as `digital_ordinary`, 数电普票 or 数电专票; `title_kind` `company`
/// or `person`, by default a company when there is a tax ID. A row that cannot be read is kept as such, with its column.
/// Row numbers count as a spreadsheet does: the head is row 1.
///
/// # Errors
/// When the head lacks a column, the file has more than [`MAX_ROWS`] rows, or reading fails.
pub fn read_applications(file: impl Read) -> Result<Vec<BatchRow>, ImportError> {
    applications(csv_lines(file))
}

pub(super) fn applications(
    lines: impl IntoIterator<Item = Result<Line, ImportError>>,
) -> Result<Vec<BatchRow>, ImportError> {
    let (head, lines) = below_head(lines, (COLUMNS, NEEDED), MAX_ROWS)?;
    let row = |line: Line| {
        let number = line.number;
        match line.cells {
            Err((column, code)) => unreadable(number, &column, code),
            Ok(cells) => match request(&head, &cells) {
                Ok(request) => BatchRow { number, wish: RowWish::Apply(Box::new(request)) },
                Err((column, code)) => unreadable(number, column, code),
            },
        }
    };
    Ok(lines.into_iter().map(row).collect())
}

fn unreadable(number: u32, column: &str, code: &str) -> BatchRow {
    BatchRow { number, wish: RowWish::Unreadable { column: column.to_owned(), code: code.to_owned() } }
}

type Wrong = (&'static str, &'static str);

fn request(head: &Head, record: &[String]) -> Result<ApplyRequest, Wrong> {
    let cell = |name| head.cell(record, name);
    let seller = SellerId::new(cell("seller")).map_err(|_| ("seller", "ID"))?;
    let buyer = BuyerId::new(cell("buyer")).map_err(|_| ("buyer", "ID"))?;
    let orders = cell("orders").split('+').map(|id| OrderId::new(id.trim()).map_err(|_| ("orders", "ID")));
    let orders = orders.collect::<Result<Vec<_>, _>>()?;
    let kind = kind(cell("kind")).ok_or(("kind", "KIND"))?;
    let title = title(head, record)?;
    let mut request =
        ApplyRequest::merged(placeholder()?, seller, buyer, kind, title, orders).by_back_office();
    let amount = cell("amount");
    if !amount.is_empty() {
        let amount: Money = amount.parse().map_err(|_| ("amount", "AMOUNT"))?;
        match request.orders.as_mut_slice() {
            [OrderScope { scope, .. }] => *scope = Scope::Amount(amount),
            _ => return Err(("amount", "AMOUNT-OF-SEVERAL")),
        }
    }
    request.remark = Some(cell("remark").to_owned()).filter(|remark| !remark.is_empty());
    Ok(request)
}

/// The id until the batch gives one.
fn placeholder() -> Result<ApplicationId, Wrong> {
    ApplicationId::new("-").map_err(|_| ("-", "ID"))
}

fn kind(text: &str) -> Option<InvoiceKind> {
    Some(match text {
        "数电普票" => InvoiceKind::DIGITAL_ORDINARY,
        "数电专票" => InvoiceKind::DIGITAL_SPECIAL,
        "数电纸质普票" => InvoiceKind::DIGITAL_ORDINARY_PAPER,
        "数电纸质专票" => InvoiceKind::DIGITAL_SPECIAL_PAPER,
        other => return other.parse().ok(),
    })
}

fn title(head: &Head, record: &[String]) -> Result<Title, Wrong> {
    let cell = |name| head.cell(record, name);
    let (name, tax_id) = (cell("name"), cell("tax_id"));
    if name.is_empty() {
        return Err(("name", "EMPTY"));
    }
    let kind = match cell("title_kind") {
        "company" | "企业" => BuyerKind::Company,
        "person" | "个人" => BuyerKind::Person,
        "" if tax_id.is_empty() => BuyerKind::Person,
        "" => BuyerKind::Company,
        _ => return Err(("title_kind", "TITLE-KIND")),
    };
    let mut title = Title::of(kind, name);
    if !tax_id.is_empty() {
        title = title.with_tax_id(tax_id);
    }
    if !(cell("address").is_empty() && cell("phone").is_empty()) {
        title = title.with_address(cell("address"), cell("phone"));
    }
    if !(cell("bank").is_empty() && cell("account").is_empty()) {
        title = title.with_bank(cell("bank"), cell("account"));
    }
    Ok(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &[BatchRow]) -> Vec<String> {
        let one = |row: &BatchRow| match &row.wish {
            RowWish::Apply(request) => {
                let orders: Vec<_> = request.orders.iter().map(|scope| scope.order.as_str()).collect();
                format!("{} {} {} {:?}", row.number, request.kind, orders.join("+"), request.title.kind())
            }
            RowWish::Unreadable { column, code } => format!("{} {column} {code}", row.number),
        };
        rows.iter().map(one).collect()
    }

    #[test]
    fn rows_are_read_under_chinese_and_english_heads_and_bad_ones_are_kept() {
        let file = "\u{feff}开票主体,购买方账号,订单号,票种,抬头,税号,金额,多余\n\
            shop,b1,A-1,数电普票,张三,,,x\n\
            shop,b1,A-2 + A-3,digital_special,华为技术有限公司,914403001922038216,\n\
            ,,,,,,\n\
            shop,b1,A-4,普票,张三,,\n\
            shop,b1,A-4,数电普票,张三,,12.345\n\
            shop,b1,A-4+A-5,数电普票,张三,,12.30\n\
            shop,,A-4,数电普票,张三,,\n\
            shop,b1,A-4,数电普票,,,\n";
        assert_eq!(
            told(&read_applications(file.as_bytes()).unwrap()),
            [
                "2 digital_ordinary A-1 Person",
                "3 digital_special A-2+A-3 Company",
                "5 kind KIND",
                "6 amount AMOUNT",
                "7 amount AMOUNT-OF-SEVERAL",
                "8 buyer ID",
                "9 name EMPTY"
            ]
        );
    }

    #[test]
    fn a_row_in_another_encoding_spoils_no_other() {
        let mut file = b"seller,buyer,orders,kind,name\nshop,b1,A-1,digital_ordinary,".to_vec();
        file.extend([0xd5, 0xc5, b'\n']); // GB 18030
        file.extend("shop,b1,A-2,digital_ordinary,张三\n".as_bytes());
        let rows = read_applications(file.as_slice()).unwrap();
        assert_eq!(told(&rows), ["2 - NOT-UTF-8", "3 digital_ordinary A-2 Person"]);
    }

    #[test]
    fn a_head_without_a_needed_column_is_refused() {
        for (missing, head) in
            [("seller", ""), ("orders", "seller,buyer,kind,name"), ("name", "seller,buyer,orders,kind")]
        {
            match read_applications(head.as_bytes()) {
                Err(ImportError::Column(column)) => assert_eq!(column, missing),
                other => panic!("{head}: {other:?}"),
            }
        }
    }
}
