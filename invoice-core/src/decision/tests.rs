//! The table of states in the docs, cell by cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Command, Facts, State, decide, evolve};
use crate::access::{Actor, Role};
use crate::application::{Application, ApplicationState, ApplyRequest, Audience};
use crate::error::{Language, RefusalCode};
use crate::id::{ActorId, ApplicationId, BuyerId, LineId, OrderId, ProviderId, SellerId, TenantId};
use crate::invoice::{InvoiceKind, SellerParty};
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
