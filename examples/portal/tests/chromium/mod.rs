//! Headless Chromium, driven through chromedriver by the WebDriver protocol: JSON over HTTP, which a page of code speaks.
//!
//! Each test starts a driver of its own on a free port; it is stopped by its own id, and the browser with it.
#![allow(dead_code, reason = "not every test file uses everything")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what tests share")]

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

#[path = "../../../../invoice-providers/tests/programs/mod.rs"]
mod programs;

/// How long something may take to appear, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(180);
/// The name under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A driver and its browser.
pub(crate) struct Chromium {
    driver: Child,
    port: u16,
    session: String,
    /// Where the portal is.
    base: String,
    phone: Cell<bool>,
    _profile: tempfile::TempDir,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The session's end closes the browser; the driver may be gone already.
        let _ = exchange(self.port, "DELETE", &format!("/session/{}", self.session), None);
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

/// One request, and the answer's status and value.
fn exchange(port: u16, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE * 2))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length =
        head.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let mut text = Vec::new();
    stream.take(length.unwrap_or(u64::MAX)).read_to_end(&mut text)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let answer: Value = serde_json::from_slice(&text)?;
    Ok((status, answer.get("value").cloned().unwrap_or_default()))
}

impl Chromium {
    /// A browser for the portal at this address. Without the programs it says loudly that nothing was tested.
    pub(crate) fn start(base: &str) -> Option<Self> {
        let browser = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path);
        let (Some(driver), Some(browser)) = (on_path("chromedriver"), browser) else {
            programs::missing("chromium with chromedriver");
            return None;
        };
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let profile = tempfile::tempdir().unwrap();
        // It dies with this process, however that ends.
        let driver = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(driver)
            .arg(format!("--port={port}"))
            .env("HOME", profile.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut chromium = Self {
            driver,
            port,
            session: String::new(),
            base: base.to_owned(),
            phone: Cell::new(false),
            _profile: profile,
        };
        let begun = Instant::now();
        while exchange(port, "GET", "/status", None).is_err() {
            assert!(begun.elapsed() < PATIENCE, "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let folder = chromium._profile.path().join("profile");
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--accept-lang=zh-CN",
            &format!("--user-data-dir={}", folder.display()),
        ];
        let options = json!({ "binary": browser, "args": arguments });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options } } });
        let (status, value) = exchange(port, "POST", "/session", Some(&wanted)).unwrap();
        assert_eq!(status, 200, "{value}");
        chromium.session = value["sessionId"].as_str().unwrap().to_owned();
        chromium.size(1200, 900);
        Some(chromium)
    }

    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        exchange(self.port, method, &format!("/session/{}/{path}", self.session), body.as_ref()).unwrap()
    }

    fn done(&self, path: &str, body: Value) -> Value {
        let (status, value) = self.ask("POST", path, Some(body));
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Sets the window; of a phone, the size of the page itself.
    pub(crate) fn size(&self, width: u32, height: u32) {
        self.phone.set(width < 500);
        self.done("window/rect", json!({ "width": width, "height": height }));
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.done(
            "goog/cdp/execute",
            json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics }),
        );
    }

    /// Opens a path of the portal.
    pub(crate) fn open(&self, path: &str) {
        self.done("url", json!({ "url": format!("{}{path}", self.base) }));
    }

    /// Opens a path again and again until the page has such an element.
    pub(crate) fn open_until(&self, path: &str, css: &str) {
        let begun = Instant::now();
        self.open(path);
        while !self.has(css) {
            assert!(begun.elapsed() < PATIENCE, "no {css} on {path}:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(200));
            self.open(path);
        }
    }

    /// The path of the page.
    pub(crate) fn path(&self) -> String {
        let (_, url) = self.ask("GET", "url", None);
        let url = url.as_str().unwrap().trim_start_matches(&self.base);
        url.split('?').next().unwrap().to_owned()
    }

    /// The text of the page as it is seen; nothing while it changes.
    pub(crate) fn text(&self) -> String {
        self.script("return document.body ? document.body.innerText : ''")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// What a script of the test gives; the page itself has none.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.ask("POST", "execute/sync", Some(json!({ "script": script, "args": [] }))).1
    }

    fn find(&self, css: &str) -> Option<String> {
        let (status, value) =
            self.ask("POST", "element", Some(json!({ "using": "css selector", "value": css })));
        (status == 200).then(|| value[ELEMENT].as_str().unwrap().to_owned())
    }

    /// Whether the page has such an element.
    pub(crate) fn has(&self, css: &str) -> bool {
        self.find(css).is_some()
    }

    /// Waits for an element and clicks on it. A page that loads itself again may take it away: then once more. What leads
    /// to another page, a form's button or a link, has led there when this comes back: what is opened next overtakes nothing.
    pub(crate) fn click(&self, css: &str) {
        const LEADS: &str = "const e = arguments[0];
            const leads = e.type === 'submit' && e.form !== null || e.localName === 'a';
            if (leads) window.left = true;
            return leads;";
        let leads = Cell::new(false);
        self.tried(css, |element| {
            let arguments = json!({ "script": LEADS, "args": [{ ELEMENT: element }] });
            let (status, value) = self.ask("POST", "execute/sync", Some(arguments));
            if status != 200 {
                return (status, value);
            }
            leads.set(value == true);
            self.ask("POST", &format!("element/{element}/click"), Some(json!({})))
        });
        if leads.get() {
            self.has_left(css);
        }
    }

    /// Waits until the page on which `window.left` was set is another, and that one is there whole.
    pub(crate) fn has_left(&self, by: &str) {
        let begun = Instant::now();
        while self.script("return window.left !== true && document.readyState === 'complete'") != true {
            assert!(begun.elapsed() < PATIENCE, "{by} leads nowhere on {}:\n{}", self.path(), self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for a field and writes into it.
    pub(crate) fn write(&self, css: &str, text: &str) {
        self.tried(css, |element| {
            self.ask("POST", &format!("element/{element}/clear"), Some(json!({})));
            self.ask("POST", &format!("element/{element}/value"), Some(json!({ "text": text })))
        });
    }

    fn tried(&self, css: &str, act: impl Fn(&str) -> (u16, Value)) {
        let begun = Instant::now();
        loop {
            if self.find(css).is_some_and(|element| act(&element).0 == 200) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "no {css} on {}:\n{}", self.path(), self.text());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the page says this.
    pub(crate) fn says(&self, words: &str) {
        let begun = Instant::now();
        while !self.text().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "{} does not say {words}:\n{}", self.path(), self.text());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Somebody logs in, after whoever was there.
    pub(crate) fn log_in(&self, person: &str) {
        if self.has("form[action=\"/logout\"]") {
            self.click("form[action=\"/logout\"] button");
        }
        self.open("/login");
        self.click(&format!("button[value=\"{person}\"]"));
        self.says("退出");
    }

    /// A picture of the whole page, where `SCREENS` names a folder for them.
    pub(crate) fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("SCREENS").map(PathBuf::from) else { return };
        let name = if self.phone.get() && !name.starts_with("phone") {
            format!("phone-{name}")
        } else {
            name.to_owned()
        };
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let shot =
            self.done("goog/cdp/execute", json!({ "cmd": "Page.captureScreenshot", "params": params }));
        let png = BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
