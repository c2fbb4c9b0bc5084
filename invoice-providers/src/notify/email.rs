use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use invoice_core::env::{Letter, Notifier, NotifyError};
use invoice_core::id::NotifierId;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp;
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::recipient::AddressBook;
use super::{later, never};
use crate::credentials::Secret;

/// How long the relay may take for each of its answers.
const DEADLINE: Duration = Duration::from_secs(20);

/// A relay or sender that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The host's name is no name.
    #[error("not the name of a mail relay")]
    Host,
    /// The sender is no mailbox.
    #[error("not a mailbox such as `Shop <invoice@shop.example>`")]
    Sender,
}

/// The mail relay (SMTP) that takes the mails. `Debug` shows host and port only.
pub struct Relay {
    builder: AsyncSmtpTransportBuilder,
    place: String,
}

impl Relay {
    /// A relay that speaks TLS from the first byte, on port 465 unless `port` says otherwise.
    ///
    /// # Errors
    /// [`RelayError::Host`].
    pub fn tls(host: &str, port: Option<u16>) -> Result<Self, RelayError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::relay(host).map_err(|_| RelayError::Host)?;
        Ok(Self::on(builder, host, port.unwrap_or(465)))
    }

    /// A relay that must change to TLS (STARTTLS) before anything is said, on port 587 unless `port` says otherwise.
    ///
    /// # Errors
    /// [`RelayError::Host`].
    pub fn starttls(host: &str, port: Option<u16>) -> Result<Self, RelayError> {
        let builder =
            AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host).map_err(|_| RelayError::Host)?;
        Ok(Self::on(builder, host, port.unwrap_or(587)))
    }

    /// A relay on this machine, in the clear: whoever else can read the line reads everything.
    #[must_use]
    pub fn local(port: u16) -> Self {
        let host = "127.0.0.1";
        Self::on(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host), host, port)
    }

    fn on(builder: AsyncSmtpTransportBuilder, host: &str, port: u16) -> Self {
        let builder = builder.port(port).timeout(Some(DEADLINE));
        Self { builder, place: format!("{host}:{port}") }
    }

    /// The same relay with a login. The password is handed to the mail client, which keeps a copy of its own.
    #[must_use]
    pub fn with_login(mut self, user: &str, password: &Secret) -> Self {
        let login = Credentials::new(user.to_owned(), password.expose().to_owned());
        self.builder = self.builder.credentials(login);
        self
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relay({})", self.place)
    }
}

/// Sends every notice as a plain text mail: the subject line and the sentence of its event in the recipient's language.
///
/// `Message-ID` begins with the notice's id, the same on every try, so that a mailbox can tell a second copy. A mailbox
/// that the relay refuses for good (550 to 554) makes a dead letter; anything else, a refused login included, is tried
/// again.
pub struct Email {
    id: NotifierId,
    sender: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    addresses: Arc<dyn AddressBook>,
}

impl Email {
    /// Mails through `relay` as `sender`, such as `示例商店 <invoice@shop.example>`. Connections are kept and used again.
    ///
    /// # Errors
    /// [`RelayError::Sender`].
    pub fn new(
        id: NotifierId,
        relay: Relay,
        sender: &str,
        addresses: Arc<dyn AddressBook>,
    ) -> Result<Self, RelayError> {
        let sender = sender.parse().map_err(|_| RelayError::Sender)?;
        Ok(Self { id, sender, transport: relay.builder.build(), addresses })
    }

    async fn mail(&self, letter: &Letter<'_>) -> Result<Message, NotifyError> {
        let recipient = self.addresses.recipient(letter).await?;
        let to = recipient.address().expose().parse().map_err(|_| never("ADDRESS"))?;
        let (subject, sentence) = letter.wording(recipient.language());
        Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{}@{}>", letter.id(), self.sender.email.domain())))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(format!("{sentence}\r\n"))
            .map_err(|_| never("UNWRITABLE"))
    }
}

#[async_trait]
impl Notifier for Email {
    fn id(&self) -> &NotifierId {
        &self.id
    }

    async fn deliver(&self, letter: &Letter<'_>) -> Result<(), NotifyError> {
        let mail = self.mail(letter).await?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

/// Without the relay and its login.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a failed try means. The relay's own words may name the mailbox and are left out.
fn refused(error: &smtp::Error) -> NotifyError {
    match error.status() {
        Some(status) => {
            let status = u16::from(status);
            let code = format!("SMTP-{status}");
            if (550..=554).contains(&status) { never(&code) } else { later(&code) }
        }
        None if error.is_timeout() => later("TIMEOUT"),
        None => later("NO-ANSWER"),
    }
}
