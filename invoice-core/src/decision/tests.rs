//! The table of states in the docs, cell by cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Command, Facts, Outcome, PaperDeed, State, decide, evolve};
use crate::access::{Actor, Permissions, Role};
use crate::application::{Application, ApplicationState, ApplyRequest, Audience};
use crate::error::{Language, RefusalCode};
use crate::id::{ActorId, ApplicationId, BuyerId, LineId, OrderId, ProviderId, SellerId, TenantId};
use crate::invoice::{
    ConfirmationState, DoubtCode, Invoice, InvoiceKind, IssuedInvoice, PaperState, PreparedRequest,
    RedConfirmation, SellerParty, Stage,
};
use crate::money::Money;
use crate::order::{Order, OrderLine, Payment};
use crate::review::{Approval, ReviewPolicy};
use crate::seller::Seller;
use crate::tax::TaxTable;
use crate::title::Title;

struct World {
    tenant: TenantId,
    seller: Seller,
    table: TaxTable,
    admin: Actor,
    permissions: Permissions,
}

impl World {
    fn new() -> Self {
        let party =
            SellerParty { tax_id: "91330100799655058B".into(), name: "店".into(), drawer: "王".into() };
        let seller = Seller::new(SellerId::new("s").unwrap(), party, ProviderId::new("p").unwrap())
            .offering(InvoiceKind::DIGITAL_SPECIAL, None)
            .with_review(ReviewPolicy::default().with_special(Approval::One));
        Self {
            tenant: TenantId::new("t").unwrap(),
            seller,
            table: TaxTable::builtin(),
            admin: Actor::staff(ActorId::new("admin").unwrap(), Role::Admin),
            permissions: Permissions::default(),
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            tenant: &self.tenant,
            now: "2026-05-01T04:00:00Z".parse().unwrap(),
            actor: &self.admin,
            seller: &self.seller,
            table: &self.table,
            max_rows: 100,
            permissions: &self.permissions,
            routes: &[],
            notice_routes: &[],
        }
    }

    fn run(&self, state: &mut State, command: &Command) -> Result<(), RefusalCode> {
        let events = decide(state, command, &self.facts()).map_err(|refusal| refusal.code())?;
        for event in &events {
            evolve(state, &self.tenant, event);
        }
        Ok(())
    }

    /// An order, paid, with an application that waits for review.
    fn applied(&self) -> (State, ApplicationId) {
        let (order, buyer) = (OrderId::new("o").unwrap(), BuyerId::new("b").unwrap());
        let item = self.table.get("1060201010000000000".parse().unwrap()).unwrap().item();
        let line =
            OrderLine::new(LineId::new("1").unwrap(), item, "书", 1.into(), Money::from_fen(4000)).unwrap();
        let now = self.facts().now;
        let recorded =
            Order::new(order.clone(), self.seller.id().clone(), buyer.clone(), now, vec![line]).unwrap();
        let id = ApplicationId::new("a").unwrap();
        let title = Title::company("华为技术有限公司", "914403001922038216");
        let request = ApplyRequest::whole(
            id.clone(),
            self.seller.id().clone(),
            buyer,
            InvoiceKind::DIGITAL_SPECIAL,
            title,
            order.clone(),
        );
        let mut state = State::default();
        let payment = Payment::money(now, Money::from_fen(4000));
        for command in [
            Command::RecordOrder(recorded),
            Command::RecordPayment { order, payment },
            Command::Apply { request, confirm: None },
        ] {
            self.run(&mut state, &command).unwrap();
        }
        (state, id)
    }
}

fn with_state(state: &State, to: ApplicationState) -> State {
    let mut changed = state.clone();
    let set = |application: &Application| Application { state: to, ..application.clone() };
    changed.applications =
        state.applications.iter().map(|(id, application)| (id.clone(), set(application))).collect();
    changed
}

#[test]
fn the_table_in_the_docs_is_what_the_code_does() {
    let world = World::new();
    let (waiting, id) = world.applied();
    let table = include_str!("../../docs/states.md");
    let by_name: BTreeMap<&str, ApplicationState> =
        ApplicationState::ALL.iter().map(|state| (state.as_str(), *state)).collect();
    let mut rows = 0;
    let (table, _) = table.split_once("## Invoice tasks").unwrap();
    for line in table.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let Some(&state) = cells.first().and_then(|name| by_name.get(name)) else { continue };
        rows += 1;
        assert_eq!(cells[1], state.wording(Audience::Staff, Language::ZhCn));
        assert_eq!(cells[2], state.shown_to_buyer().as_str());
        let commands = [
            Command::ClaimReview(id.clone()),
            Command::Approve(id.clone()),
            Command::Reject { application: id.clone(), reason: "x".into() },
            Command::Cancel(id.clone()),
        ];
        for (command, want) in commands.iter().zip(&cells[3..]) {
            let mut tried = with_state(&waiting, state);
            let got = match world.run(&mut tried, command) {
                Ok(()) => tried.applications[&id].state().as_str(),
                Err(RefusalCode::ApplicationState) => "no",
                Err(other) => panic!("{state:?} {}: {}", command.name(), other.as_str()),
            };
            assert_eq!(got, *want, "{} in {}", command.name(), state.as_str());
        }
    }
    assert_eq!(rows, ApplicationState::ALL.len(), "a state is missing from the table");
}

#[test]
fn every_command_is_refused_to_every_role_that_may_not() {
    let world = World::new();
    let (state, id) = world.applied();
    let commands = [Command::Approve(id.clone()), Command::Cancel(id)];
    for role in Role::ALL {
        let actor = Actor::staff(ActorId::new("x").unwrap(), *role);
        for command in &commands {
            let facts = Facts { actor: &actor, ..world.facts() };
            let refused = matches!(decide(&state, command, &facts), Err(refusal) if refusal.code() == RefusalCode::NotPermitted);
            assert_eq!(refused, !role.may(command.verb()), "{} {}", role.as_str(), command.name());
        }
    }
}

#[test]
fn deciding_changes_nothing_and_says_the_same_twice() {
    let world = World::new();
    let (state, id) = world.applied();
    let before = state.clone();
    let decide = || decide(&state, &Command::Approve(id.clone()), &world.facts()).unwrap();
    assert_eq!(decide(), decide());
    assert_eq!(state, before);
    assert!(Arc::ptr_eq(state.orders.values().next().unwrap(), before.orders.values().next().unwrap()));
}

/// A task that has come to a state by commands alone.
fn task_in(world: &World, state: &str) -> (State, Invoice) {
    let (mut at, id) = world.applied();
    world.run(&mut at, &Command::Approve(id.clone())).unwrap();
    let invoice = at.invoices.values().next().unwrap().clone();
    let learn =
        |outcome| Command::Learn { invoice: invoice.id().clone(), key: invoice.key().clone(), outcome };
    let steps = match state {
        "planned" => vec![],
        "superseded" => vec![Command::Cancel(id)],
        "submitting" => vec![sending(&invoice, Some("x"))],
        "accepted" => vec![sending(&invoice, Some("x")), learn(Outcome::Accepted)],
        "confirming" => vec![applying(&invoice), learn(Outcome::Confirmation(waiting()))],
        "issued" => vec![sending(&invoice, Some("x")), learn(Outcome::Issued(issued(&invoice)))],
        "in_doubt" => {
            vec![sending(&invoice, Some("x")), learn(Outcome::Doubtful { why: DoubtCode::NoAnswer })]
        }
        "failed" => vec![sending(&invoice, Some("x")), learn(Outcome::Denied { code: "E".into() })],
        other => panic!("no such state: {other}"),
    };
    for step in &steps {
        world.run(&mut at, step).unwrap();
    }
    let invoice = at.invoices[invoice.id()].clone();
    assert_eq!(invoice.state().as_str(), state);
    (at, invoice)
}

fn sending(invoice: &Invoice, body: Option<&str>) -> Command {
    let request = body.map(|body| PreparedRequest::new(invoice.key().clone(), body));
    let (id, after) = (invoice.id().clone(), invoice.sends());
    Command::Send { invoice: id, stage: Stage::Issue, request, after, alone: false }
}

fn applying(invoice: &Invoice) -> Command {
    let request = Some(PreparedRequest::new(invoice.key().clone(), "x"));
    let (invoice, after) = (invoice.id().clone(), invoice.sends());
    Command::Send { invoice, stage: Stage::ApplyRed, request, after, alone: false }
}

fn waiting() -> RedConfirmation {
    let (number, state) = ("44010526050000000001".to_owned(), ConfirmationState::AwaitingBuyer);
    RedConfirmation { number, state, expires_at: None, red: None }
}

fn issued(invoice: &Invoice) -> IssuedInvoice {
    let (net, tax, gross) = (invoice.net(), invoice.tax(), invoice.gross());
    let issued_at = "2026-05-01T04:00:00Z".parse().unwrap();
    IssuedInvoice { number: "26330000000000000001".parse().unwrap(), issued_at, net, tax, gross }
}

#[test]
fn the_table_of_invoice_tasks_in_the_docs_is_what_the_code_does() {
    let world = World::new();
    let (_, table) = include_str!("../../docs/states.md").split_once("## Invoice tasks").unwrap();
    let (table, _) = table.split_once("## Paper").unwrap();
    let mut rows = 0;
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let (state, invoice) = task_in(&world, cells[0]);
        rows += 1;
        let id = invoice.id().clone();
        let learn = |outcome| Command::Learn { invoice: id.clone(), key: invoice.key().clone(), outcome };
        let resolve = |outcome| Command::Resolve { invoice: id.clone(), key: invoice.key().clone(), outcome };
        let denied = || Outcome::Denied { code: "E".into() };
        let commands = [
            ("send", sending(&invoice, Some("x"))),
            ("send again", sending(&invoice, None)),
            ("accepted", learn(Outcome::Accepted)),
            ("unclear", learn(Outcome::Unclear { code: "77".into() })),
            ("not sent", learn(Outcome::NotSent { waiting_on: "QR".into() })),
            ("issued", learn(Outcome::Issued(issued(&invoice)))),
            ("denied", learn(denied())),
            ("doubtful", learn(Outcome::Doubtful { why: DoubtCode::NoAnswer })),
            ("resolve: issued", resolve(Outcome::Issued(issued(&invoice)))),
            ("resolve: denied", resolve(denied())),
            ("retry", Command::Retry(id.clone())),
        ];
        assert_eq!(cells.len(), commands.len() + 1, "{line}");
        for ((name, command), want) in commands.iter().zip(&cells[1..]) {
            let mut tried = state.clone();
            let got = match world.run(&mut tried, command) {
                Ok(()) => tried.invoices[&id].state().as_str(),
                Err(RefusalCode::InvoiceState) => "no",
                Err(other) => panic!("{} {name}: {}", cells[0], other.as_str()),
            };
            assert_eq!(got, *want, "{name} in {}", cells[0]);
        }
    }
    assert_eq!(rows, 8, "a state is missing from the table");
}

#[test]
fn what_belongs_to_a_key_that_was_given_up_is_neither_sent_nor_learnt() {
    let world = World::new();
    let (mut state, before) = task_in(&world, "failed");
    let id = before.id().clone();
    world.run(&mut state, &Command::Retry(id.clone())).unwrap();
    let after = state.invoices[&id].clone();
    assert_ne!(before.key(), after.key());
    assert_eq!(before.sends(), after.sends(), "counting sends alone does not tell them apart");
    // A worker that had prepared its request before the task was taken up again.
    let stale = world.run(&mut state, &sending(&before, Some("x")));
    assert_eq!(stale, Err(RefusalCode::InvoiceState));
    world.run(&mut state, &sending(&after, Some("x"))).unwrap();
    // And one whose answer, or a callback of the old key, comes now.
    for outcome in [Outcome::Denied { code: "E".into() }, Outcome::Issued(issued(&before))] {
        let late = Command::Learn { invoice: id.clone(), key: before.key().clone(), outcome };
        world.run(&mut state, &late).unwrap();
        assert_eq!(state.invoices[&id].state().as_str(), "submitting");
    }
}

#[test]
fn the_table_of_paper_in_the_docs_is_what_the_code_does() {
    let world = World::new();
    let (issued, invoice) = task_in(&world, "issued");
    let id = invoice.id().clone();
    let at = world.facts().now;
    let (carrier, tracking) = ("SF".to_owned(), "1".to_owned());
    let stands = |name: &str| match name {
        "to_print" => PaperState::ToPrint,
        "printed" => PaperState::Printed { at },
        "mailed" => PaperState::Mailed { at, carrier: "EMS".into(), tracking: "0".into() },
        "delivered" => PaperState::Delivered { at },
        "returned" => PaperState::Returned { at },
        other => panic!("no such place: {other}"),
    };
    let (_, table) = include_str!("../../docs/states.md").split_once("## Paper").unwrap();
    let (table, _) = table.split_once("## Red").unwrap();
    let mut rows = 0;
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        rows += 1;
        let mut state = issued.clone();
        let of = state.invoices.get_mut(&id).unwrap();
        (of.kind, of.paper) = (InvoiceKind::LEGACY_SPECIAL_PAPER, stands(cells[0]));
        let mail = PaperDeed::Mail { carrier: carrier.clone(), tracking: tracking.clone() };
        for (deed, want) in
            [PaperDeed::Print, mail, PaperDeed::Deliver, PaperDeed::Return].into_iter().zip(&cells[1..])
        {
            let mut tried = state.clone();
            let command = Command::Paper { invoice: id.clone(), deed: deed.clone() };
            let got = match world.run(&mut tried, &command) {
                Ok(()) => tried.invoices[&id].paper().as_str(),
                Err(RefusalCode::PaperDeed) => "no",
                Err(other) => panic!("{} {deed:?}: {}", cells[0], other.as_str()),
            };
            assert_eq!(got, *want, "{deed:?} of {}", cells[0]);
            // Done again, it changes nothing.
            if got != "no" {
                let before = tried.clone();
                world.run(&mut tried, &command).unwrap();
                assert_eq!(tried, before, "{deed:?} again");
            }
        }
        let got = match world.run(&mut state, &Command::Void(id.clone())) {
            Ok(()) => "yes",
            Err(RefusalCode::VoidSheets) => "no",
            Err(other) => panic!("{}: {}", cells[0], other.as_str()),
        };
        assert_eq!(got, cells[5], "void of {}", cells[0]);
    }
    assert_eq!(rows, 5, "a place is missing from the table");
}
