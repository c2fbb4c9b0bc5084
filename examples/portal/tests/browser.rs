//! The portal as people use it, in headless Chromium: from a pasted title to a red invoice and the application after it,
//! a correction, a doubt, and what is refused.
//!
//! `SCREENS=FOLDER` has pictures of the pages taken, on a desk and on a phone.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod chromium;

use std::net::Ipv4Addr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use chromium::Chromium;
use invoice_portal::open::open;
use invoice_portal::worker::Worker;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const TITLE: &str = "名称：上海示例科技有限公司 税号：91310000607378229C";

/// The portal on a free port, in a thread of its own; ends in good order.
struct Portal {
    base: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Portal {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (place, (ready, begun), (end, ended)) =
            (folder.path().to_owned(), mpsc::channel(), oneshot::channel());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                let host = listener.local_addr().unwrap().to_string();
                let app = open(&place, Duration::from_millis(1500), vec![host.clone()]).await.unwrap();
                let worker = Worker::start(app.clone()).unwrap();
                ready.send(format!("http://{host}")).unwrap();
                let serving = axum::serve(listener, app.router());
                tokio::select! {
                    served = serving.into_future() => served.unwrap(),
                    _ = ended => {}
                }
                worker.stop().await.unwrap();
            });
        });
        let base = begun.recv().unwrap();
        Self { base, end: Some(end), thread: Some(thread), _folder: folder }
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.end.take().map(|end| end.send(()));
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || std::thread::panicking());
        }
    }
}

#[test]
fn from_a_pasted_title_to_a_red_invoice_and_the_application_after_it() {
    let portal = Portal::start();
    let Some(browser) = Chromium::start(&portal.base) else { return };
    browser.open("/");
    browser.says("选择演示身份");
    browser.picture("login");
    let application = apply_and_issue(&browser);
    refund_red_and_apply_again(&browser, &application);
}

/// Applies for one order as Li; where he ends is the application.
fn apply(browser: &Chromium, order: &str, kind: &str) -> String {
    browser.open("/orders");
    browser.click(&format!("#order-{order} .button.main"));
    browser.write("textarea[name=pasted]", TITLE);
    browser.click(&format!("input[value={kind}]"));
    browser.picture("apply");
    browser.click("main button.main");
    browser.says("张发票将开具");
    browser.says("上海示例科技有限公司");
    browser.picture("preview");
    browser.click(".confirm button");
    // Whether it waits for a reviewer or for the bureau, its buyer sees it being issued.
    browser.says("开票中");
    let path = browser.path();
    assert!(path.starts_with("/applications/A"), "{path}");
    path
}

fn apply_and_issue(browser: &Chromium) -> String {
    browser.log_in("li");
    browser.says("li-4");
    browser.picture("orders");
    let path = apply(browser, "li-3", "digital_special");
    assert!(!browser.text().contains("待审核"));
    browser.log_in("luo");
    browser.picture("review");
    browser.open(&path);
    browser.picture("verdict");
    browser.click("form[action$=approve] button");
    browser.log_in("li");
    browser.open(&path);
    browser.picture("progress");
    // The page loads itself again until it is issued.
    browser.says("已开具");
    browser.says("下载 XML");
    browser.picture("issued");
    path
}

fn refund_red_and_apply_again(browser: &Chromium, path: &str) {
    browser.open("/orders");
    browser.click("#order-li-3 .demo summary");
    browser.click("#order-li-3 form[action$=refund]:first-child button");
    browser.open(path);
    browser.says("红字发票");
    // The red waits for the buyer at the bureau; finance looks after it.
    browser.log_in("fang");
    browser.picture("queue");
    let application = path.strip_prefix("/applications/").unwrap();
    buyer_confirms(browser, &format!("{application}-3"));
    browser.log_in("li");
    browser.open(path);
    // A special invoice is taken back whole: what was not returned is open again.
    browser.says("余额再次申请");
    browser.picture("red");
    browser.click("form[action$=reapply] button");
    browser.says("开票中");
    let again = browser.path();
    assert_ne!(again, path);
    browser.log_in("luo");
    browser.open(&again);
    browser.click("form[action$=approve] button");
    browser.says("已开具");
    browser.log_in("li");
    browser.open("/orders");
    let card = browser.script("return document.querySelector('#order-li-3').innerText");
    let card: String = card.as_str().unwrap().split_whitespace().collect();
    // Three screens and two books, one screen returned: 4,016.60 − 1,299.00.
    assert!(card.contains("已开票2,717.60") && card.contains("可开票金额0.00"), "{card}");
}

/// The demonstration's buyer confirms a red form, once the bureau has it.
fn buyer_confirms(browser: &Chromium, red: &str) {
    let button = format!("#red-{red} form[action$=\"/confirm\"] button");
    browser.open_until("/reds", &button);
    browser.picture("reds");
    browser.click(&button);
    browser.says("红冲");
}

#[test]
fn what_one_may_not_is_refused_and_written_down() {
    let portal = Portal::start();
    let Some(browser) = Chromium::start(&portal.base) else { return };
    // A buyer looks at another's.
    browser.log_in("li");
    browser.open("/applications/A-wang-1");
    browser.says("ACCESS-02");
    browser.open("/apply?order=wang-3");
    browser.says("ACCESS-02");
    // Support sees masks and downloads nothing.
    browser.log_in("song");
    browser.open("/applications/A-li-2");
    browser.says("上海***公司");
    browser.picture("support");
    assert!(!browser.text().contains("91310000607378229C") && !browser.has("a[href$=xml]"));
    browser.open("/invoices/A-li-2-1/xml");
    browser.says("ACCESS-01");
    // Finance applies for a buyer and may not approve it.
    browser.log_in("fang");
    browser.open("/apply?order=li-4");
    browser.write("textarea[name=pasted]", TITLE);
    browser.click("input[value=digital_special]");
    browser.click("main button.main");
    browser.click(".confirm button");
    browser.says("待审核");
    assert!(!browser.has("form[action$=approve]"));
    let own = browser.path();
    post(&browser, &format!("{own}/approve"), true);
    browser.says("ACCESS-01");
    // A form that was not made here.
    browser.open("/queue");
    post(&browser, &format!("{own}/cancel"), false);
    browser.says("表单不是由本次会话生成的");
    browser.open(&own);
    browser.says("待审核");
    // All of it is written down.
    browser.log_in("an");
    browser.open("/refusals");
    for tried in ["li", "song", "fang", "download", "review"] {
        browser.says(tried);
    }
    browser.picture("refusals");
}

/// A form that the page does not have, with the session's token or without.
fn post(browser: &Chromium, path: &str, token: bool) {
    let token = if token { "f.append(document.querySelector('[name=csrf]').cloneNode());" } else { "" };
    browser.script(&format!(
        "const f = document.createElement('form'); f.method = 'post'; f.action = '{path}'; {token}
         document.body.append(f); window.left = true; f.submit();"
    ));
    browser.has_left(path);
}

#[test]
fn finance_ends_a_doubt_and_corrects_a_title_and_sees_the_books() {
    let portal = Portal::start();
    let Some(browser) = Chromium::start(&portal.base) else { return };
    browser.log_in("fang");
    browser.open("/doubts");
    browser.says("税务局账上有这张发票");
    browser.picture("doubts");
    browser.click("form[action$=issued] button");
    browser.says("这里没有内容");
    browser.open("/applications/A-wang-1");
    browser.says("已开具");
    // The buyer's report becomes a correction: the red waits for the buyer, then the new one is issued.
    browser.open("/tickets");
    browser.picture("tickets");
    browser.click("form[action$=take] button");
    browser.click("form[action$=correct] button");
    browser.says("换开自");
    let successor = browser.path();
    buyer_confirms(&browser, "A-li-1-2");
    browser.open(&successor);
    browser.says("已开具");
    browser.picture("corrected");
    browser.open("/reports");
    browser.says("一致");
    assert!(!browser.text().contains("不一致"));
    browser.picture("reports");
    languages(&browser);
}

fn languages(browser: &Chromium) {
    browser.open("/queue");
    browser.click("button[value=en]");
    browser.says("Log out");
    browser.click("button[value=\"zh-TW\"]");
    browser.says("待辦");
    browser.click("button[value=\"zh-CN\"]");
    browser.says("退出");
}

#[test]
fn every_page_fits_a_phone() {
    let portal = Portal::start();
    let Some(browser) = Chromium::start(&portal.base) else { return };
    browser.size(390, 844);
    browser.log_in("an");
    for (path, name) in [
        ("/orders", "orders"),
        ("/applications", "applications"),
        ("/applications/A-li-2", "application"),
        ("/queue", "queue"),
        ("/review", "review"),
        ("/doubts", "doubts"),
        ("/reds", "reds"),
        ("/tickets", "tickets"),
        ("/reports", "reports"),
        ("/apply?order=li-2", "apply"),
    ] {
        browser.open(path);
        browser.picture(&format!("phone-{name}"));
        let width = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(width <= 390, "{path} is {width} wide");
    }
    browser.log_in("li");
    browser.open("/orders");
    browser.picture("phone-own-orders");
    apply(&browser, "li-4", "digital_ordinary");
    browser.says("已开具");
    browser.picture("phone-issued");
    assert!(browser.script("return document.documentElement.scrollWidth").as_u64().unwrap() <= 390);
}
