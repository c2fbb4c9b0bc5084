//! Notices by e-mail and short message: through a mail server and a gateway that the tests bring.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::{Arc, Mutex};

use crate::desk_support::*;
use async_trait::async_trait;
use base64::Engine;
use invoice_core::desk::DeskBuilder;
use invoice_core::env::{Letter, Notifier, NotifyError};
use invoice_core::error::Language;
use invoice_core::id::{NotifierId, TenantId};
use invoice_core::notify::{Notice, NoticeEvent};
use invoice_core::store::{Kind, MemoryStore, Query};
use invoice_providers::credentials::Secret;
use invoice_providers::notify::{
    AddressBook, Email, Recipient, Relay, RelayError, ShortMessage, Sms, SmsGateway,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const PASSWORD: &str = "open-sesame-7";
const BUYER: &str = "zhangsan@buyer.example";

/// A mail server with the few commands that a mail needs. Each mail that it is given a word for is answered with that.
#[derive(Default)]
struct Post {
    /// What was taken, from the head to the dot.
    mails: Mutex<Vec<String>>,
    logins: Mutex<Vec<String>>,
    /// What is said to the next recipients; then they are taken.
    says: Mutex<Vec<&'static str>>,
}

impl Post {
    async fn open(self: &Arc<Self>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let post = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let post = Arc::clone(&post);
                tokio::spawn(async move { post.serve(stream).await });
            }
        });
        port
    }

    async fn serve(&self, stream: tokio::net::TcpStream) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 post\r\n").await.ok()?;
        loop {
            let line = lines.next_line().await.ok()??;
            let answer = match line.split(' ').next()? {
                "EHLO" => "250-post\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => {
                    self.logins.lock().unwrap().push(line);
                    "235 welcome"
                }
                "RCPT" => {
                    let mut says = self.says.lock().unwrap();
                    if says.is_empty() { "250 ok" } else { says.remove(0) }
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.ok()?;
                    let mut mail = String::new();
                    loop {
                        let line = lines.next_line().await.ok()??;
                        if line == "." {
                            break;
                        }
                        mail.push_str(&line);
                        mail.push('\n');
                    }
                    self.mails.lock().unwrap().push(mail);
                    "250 taken"
                }
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
    }
}

/// One buyer with an address; nobody else.
struct Known(Language, &'static str);

#[async_trait]
impl AddressBook for Known {
    async fn recipient(&self, letter: &Letter<'_>) -> Result<Recipient, NotifyError> {
        match letter.buyer().filter(|buyer| **buyer == buyer_id()) {
            Some(_) => Ok(Recipient::new(self.1, self.0)),
            None => Err(NotifyError::Never { code: "NO-ADDRESS".into() }),
        }
    }
}

fn email(port: u16, language: Language) -> Email {
    let relay = Relay::local(port).with_login("shop", &Secret::new(PASSWORD));
    let sender = "示例商店 <invoice@shop.example>";
    Email::new(NotifierId::new("mail").unwrap(), relay, sender, Arc::new(Known(language, BUYER))).unwrap()
}

fn telling(notifier: Arc<dyn Notifier>) -> Shop {
    let furnish = |desk: DeskBuilder| desk.notifier(notifier, NoticeEvent::ALL.iter().copied());
    Shop::built(Arc::new(MemoryStore::new()), |bureau| bureau, seller(), furnish)
}

async fn issue(shop: &Shop) -> String {
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    shop.bureau.issued().next().unwrap().number.to_string()
}

async fn notices(shop: &Shop) -> Vec<Notice> {
    let query = Query::new(&TenantId::new("t1").unwrap(), Kind::Notice);
    shop.desk.find_notices(&shop.finance, query).await.unwrap().items
}

/// The text of a mail, whichever way it was packed.
fn opened(mail: &str) -> (String, String) {
    let (head, body) = mail.split_once("\n\n").unwrap();
    if head.to_lowercase().contains("content-transfer-encoding: base64") {
        let packed: String = body.split_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(packed).unwrap();
        return (head.to_owned(), String::from_utf8(bytes).unwrap());
    }
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_mail_says_it_in_the_buyers_language_and_comes_once_under_one_id() {
    for (language, words) in
        [(Language::ZhCn, "您的发票 "), (Language::ZhTw, "您的發票 "), (Language::En, "Invoice ")]
    {
        let post = Arc::new(Post::default());
        let shop = telling(Arc::new(email(post.open().await, language)));
        let number = issue(&shop).await;
        let mails = post.mails.lock().unwrap().clone();
        assert_eq!(mails.len(), 1);
        let (head, body) = opened(&mails[0]);
        assert!(body.starts_with(words) && body.contains(&number) && body.contains("100.00"), "{body}");
        let id = notices(&shop).await[0].id().to_string();
        assert!(head.contains(&format!("Message-ID: <{id}@shop.example>")), "{head}");
        assert!(head.contains(BUYER) && head.contains("invoice@shop.example"), "{head}");
        assert_eq!(notices(&shop).await[0].state().as_str(), "delivered");
        let login = post.logins.lock().unwrap().first().cloned().unwrap();
        let packed = login.rsplit(' ').next().unwrap();
        let plain = base64::engine::general_purpose::STANDARD.decode(packed).unwrap();
        assert!(String::from_utf8(plain).unwrap().ends_with(PASSWORD));
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_a_mailbox_that_is_refused_is_a_dead_letter() {
    for (says, want, mails, code) in [
        (vec!["450 later", "451 later"], "delivered", 1, Some("SMTP-451")),
        (vec!["550 nobody zhangsan@buyer.example here"], "dead", 0, Some("SMTP-550")),
        (vec!["535 who are you"], "delivered", 1, Some("SMTP-535")),
    ] {
        let post = Arc::new(Post::default());
        *post.says.lock().unwrap() = says.clone();
        let shop = telling(Arc::new(email(post.open().await, Language::En)));
        issue(&shop).await;
        let all = notices(&shop).await;
        assert_eq!(all[0].state().as_str(), want, "{says:?}");
        assert_eq!(all[0].code(), code);
        assert_eq!(post.mails.lock().unwrap().len(), mails);
        if want == "dead" {
            shop.desk.replay(&shop.finance, all[0].id()).await.unwrap();
            shop.settle().await;
            assert_eq!(notices(&shop).await[0].state().as_str(), "delivered", "replayed");
        }
    }
}

#[tokio::test]
async fn a_relay_that_is_not_there_costs_no_notice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let notifier = email(port, Language::En);
    let shop = telling(Arc::new(notifier));
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let worker = invoice_core::id::WorkerId::new("w").unwrap();
    while shop.desk.pump(&shop.system, &worker, 10).await.unwrap().claimed > 0 {}
    let all = notices(&shop).await;
    assert_eq!((all[0].state().as_str(), all[0].missed()), ("pending", 1));
    assert_eq!(all[0].code(), Some("NO-ANSWER"));
}

#[tokio::test]
async fn nothing_shows_a_password_or_an_address() {
    let relay = Relay::local(25).with_login("shop", &Secret::new(PASSWORD));
    assert_eq!(format!("{relay:?}"), "Relay(127.0.0.1:25)");
    let notifier = email(25, Language::En);
    let recipient = Recipient::new(BUYER, Language::En);
    for shown in [format!("{notifier:?}"), format!("{recipient:?}")] {
        assert!(!shown.contains(PASSWORD) && !shown.contains(BUYER), "{shown}");
    }
    let book: Arc<dyn AddressBook> = Arc::new(Known(Language::En, "not an address"));
    let id = || NotifierId::new("mail").unwrap();
    let bad = Email::new(id(), Relay::local(25), "nobody", Arc::clone(&book)).unwrap_err();
    assert_eq!(bad, RelayError::Sender);
    // An address that is none is nobody's fault but its owner's: the letter is dead, and says no address.
    let post = Arc::new(Post::default());
    let relay = Relay::local(post.open().await);
    let shop = telling(Arc::new(Email::new(id(), relay, "a@shop.example", book).unwrap()));
    issue(&shop).await;
    let all = notices(&shop).await;
    assert_eq!((all[0].state().as_str(), all[0].code()), ("dead", Some("ADDRESS")));
}

/// A gateway that takes what comes, after it was busy once.
#[derive(Default)]
struct Gateway(Mutex<Vec<ShortMessage>>);

#[async_trait]
impl SmsGateway for Gateway {
    async fn send(&self, message: ShortMessage) -> Result<(), NotifyError> {
        let mut sent = self.0.lock().unwrap();
        sent.push(message);
        if sent.len() == 1 { Err(NotifyError::Later { code: "BUSY".into() }) } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_short_message_carries_template_facts_and_text_under_one_id() {
    let gateway = Arc::new(Gateway::default());
    let book = Arc::new(Known(Language::ZhCn, "13800138000"));
    let sms = Sms::new(NotifierId::new("sms").unwrap(), Arc::clone(&gateway) as _, book);
    let shop = telling(Arc::new(sms));
    let number = issue(&shop).await;
    let sent = gateway.0.lock().unwrap().clone();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].id, sent[1].id);
    assert_eq!((sent[1].event, sent[1].phone.expose()), (NoticeEvent::Issued, "13800138000"));
    assert!(sent[1].facts.contains(&("number".into(), number.clone())) && sent[1].text.contains(&number));
    assert!(!format!("{:?}", sent[1]).contains("13800138000"));
    assert_eq!(notices(&shop).await[0].state().as_str(), "delivered");
}
