//! What the desk has issued and what the bureau's file says are one face, blue and red; and it can be rendered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use crate::desk_support::*;
use invoice_core::provider::DocumentFormat;
use invoice_core::title::Title;
use invoice_providers::document::xml::XmlFile;
use invoice_providers::document::{DocumentCode, InvoiceFace, ofd, read};

#[tokio::test]
async fn the_face_of_an_issued_invoice_is_the_one_in_the_bureaus_file() {
    let shop = Shop::new();
    let lines = vec![
        line("1", BOOK, 3, "100.00").with_discount(yuan("10.00")).unwrap(),
        line("2", BOOK, 7, "33.33"),
        line("3", COURSE, 1, "199.00"),
    ];
    let order = shop.sell("A-1", lines).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.title = Title::person("张三");
    let planned = shop.desk.apply(&shop.system, wish, None).await.unwrap();
    let task = shop.desk.invoice(&shop.system, &planned.tasks()[0].invoice).await.unwrap();
    let early = InvoiceFace::of(&task, seller().party()).unwrap_err();
    assert_eq!(early.code(), DocumentCode::NotIssued);
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "30.00", Some(1)), ("3", "199.00", Some(1))]).await.unwrap();
    shop.settle().await;

    let invoices = shop.invoices("P-1").await;
    assert!(invoices.iter().any(|invoice| !invoice.is_blue()) && invoices.len() > 3);
    for invoice in &invoices {
        let file =
            shop.desk.download(&shop.system, invoice.id(), DocumentFormat::Xml).await.unwrap().unwrap();
        let file = XmlFile::read(file.bytes).unwrap();
        assert!(file.is_specimen());
        let mut face = InvoiceFace::of(invoice, seller().party()).unwrap();
        assert_eq!(face.red, !invoice.is_blue());
        assert_eq!(face.buyer.name.as_deref(), Some("张三（个人）"));
        // What only the bureau knows.
        (face.bureau, face.confirmation) = (file.face().bureau.clone(), file.face().confirmation.clone());
        for (ours, theirs) in face.rows.iter().zip(&file.face().rows) {
            assert_eq!(ours, theirs, "{}", invoice.id());
        }
        assert!(face == *file.face(), "{face:?} is not {:?}", file.face());
        // And the file, as it would be received by whoever it is made out to.
        let received = read::read(&ofd::write(&face).unwrap()).unwrap();
        assert_eq!((received.number(), received.gross()), (&face.number, face.gross));
        assert_eq!(received.disputed().count(), 0);
    }
}
