//! A made-up Chinese shop: books, clothes, furniture, courses, carriage and gift vouchers; coupons, gift cards, orders
//! above the limit, refunds on the same day and on the next. One seed makes one shop, line by line.

use chrono::{Days, NaiveDate, TimeDelta};
use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::id::{BuyerId, LineId, OrderId, RefundId, SellerId};
use invoice_core::money::Money;
use invoice_core::order::{Order, OrderLine, Payment, Refund, RefundLine, Tender, TenderKind};
use invoice_core::plan::red::RedReason;
use rust_decimal::Decimal;

use crate::clock::china;
use crate::feed::{Day, Feed, FeedError, Return, Sale, Tally, Wish};
use crate::items::{Goods, Items};
use crate::parties;
use crate::random::Random;

/// What is on the shelves: sort, name, unit, lowest and highest price of one in fen, most pieces on an order.
const SHELVES: &[(Goods, &str, &str, u64, u64, u64)] = &[
    (Goods::Books, "古文观止", "册", 1_980, 12_800, 40),
    (Goods::Books, "小学数学练习册", "册", 990, 3_980, 60),
    (Goods::Clothes, "纯棉衬衫", "件", 8_900, 39_900, 30),
    (Goods::Clothes, "羊毛围巾", "条", 5_900, 69_900, 20),
    (Goods::Furniture, "胡桃木书桌", "张", 128_000, 598_000, 8),
    (Goods::Furniture, "实木餐椅", "把", 39_900, 129_900, 24),
    (Goods::Stationery, "文具礼盒", "套", 1_590, 9_900, 80),
    (Goods::Courses, "书法入门课程", "人次", 19_900, 198_000, 6),
];
/// The first day: the month ends within the run.
const FIRST_DAY: (i32, u32, u32) = (2026, 5, 28);
/// Days with orders; one more day brings refunds only.
const DAYS: u32 = 5;
const BUYERS: u64 = 90;

/// The days of the shop.
#[derive(Debug)]
pub struct ShopFeed {
    seed: u64,
    seller: SellerId,
    items: Items,
    day: u32,
    orders_a_day: u32,
    yesterday: Vec<Sale>,
    tally: Tally,
}

impl ShopFeed {
    /// A shop with this many orders a day.
    ///
    /// # Errors
    /// `TAX-01` when the built-in table lacks a code.
    pub fn new(seed: u64, seller: SellerId, orders_a_day: u32) -> Result<Self, Refusal> {
        let (yesterday, tally) = (Vec::new(), Tally::default());
        Ok(Self { seed, seller, items: Items::builtin()?, day: 0, orders_a_day, yesterday, tally })
    }

    fn sale(&self, date: NaiveDate, number: u32) -> Result<Sale, Refusal> {
        let id = format!("S{}{number:04}", date.format("%y%m%d"));
        let mut random = Random::of(self.seed, &id);
        let buyer = BuyerId::new(format!("B{:03}", random.below(BUYERS)))?;
        let placed = china(date, 9) + TimeDelta::seconds(i64::from(number) * 20);
        let lines = self.lines(&mut random)?;
        let order = Order::new(OrderId::new(&id)?, self.seller.clone(), buyer.clone(), placed, lines)?;
        let payable = order.payable();
        let card = match random.below(100) {
            // All of it by gift card: nothing is left to invoice.
            0..2 => payable,
            2..12 => Money::from_fen(payable.fen() / 4),
            _ => Money::ZERO,
        };
        let money = Money::from_fen(payable.fen() - card.fen());
        let tenders = [(TenderKind::Money, money), (TenderKind::GiftCard, card)];
        let tenders = tenders.into_iter().filter(|(_, amount)| amount.is_positive());
        let tenders = tenders.map(|(kind, amount)| Tender::new(kind, amount)).collect();
        let party = parties::customer(self.seed, buyer.as_str());
        let monthly = Random::of(self.seed, &format!("monthly/{buyer}")).chance(25);
        let wish = match (money.is_positive(), monthly) {
            (false, _) => Wish::Nothing,
            (true, true) => Wish::Monthly(party),
            (true, false) => Wish::PerOrder(party),
        };
        Ok(Sale { order, payment: Payment { at: placed, tenders }, wish })
    }

    fn lines(&self, random: &mut Random) -> Result<Vec<OrderLine>, Refusal> {
        let mut lines = Vec::new();
        let coupon = random.chance(20);
        for number in 1..=random.between(1, 6) {
            let shelf = usize::try_from(random.below(u64::try_from(SHELVES.len()).unwrap_or(1))).unwrap_or(0);
            let Some(&(goods, name, unit, low, high, most)) = SHELVES.get(shelf) else { continue };
            let few = if random.chance(15) { most } else { 4.min(most) };
            let (pieces, price) = (random.between(1, few), random.between(low, high));
            let line = self.line(number, goods, (name, unit), pieces, price)?;
            let off = if coupon { line.list().fen() / 10 } else { 0 };
            lines.push(line.with_discount(Money::from_fen(off))?);
        }
        let next = u64::try_from(lines.len()).unwrap_or(0) + 1;
        if random.chance(40) {
            lines.push(self.line(
                next,
                Goods::Carriage,
                ("快递运费", "次"),
                1,
                random.between(600, 3_000),
            )?);
        } else if random.chance(10) {
            let worth = 10_000 * random.between(1, 5);
            lines.push(self.line(next, Goods::Vouchers, ("购物卡", "张"), random.between(1, 5), worth)?);
        }
        Ok(lines)
    }

    fn line(
        &self,
        number: u64,
        goods: Goods,
        (name, unit): (&str, &str),
        pieces: u64,
        fen_each: u64,
    ) -> Result<OrderLine, Refusal> {
        let overflow = || Refusal::new(RefusalCode::AmountOverflow);
        let list =
            pieces.checked_mul(fen_each).and_then(|fen| i64::try_from(fen).ok()).ok_or_else(overflow)?;
        let id = LineId::new(number.to_string())?;
        let line =
            OrderLine::new(id, self.items.of(goods)?, name, Decimal::from(pieces), Money::from_fen(list))?;
        Ok(line.with_unit(unit))
    }

    /// One line of an order goes back, in part where it has several pieces; or money alone, as an allowance.
    fn give_back(&self, sale: &Sale, date: NaiveDate) -> Result<Option<Return>, Refusal> {
        let order = &sale.order;
        let mut random = Random::of(self.seed, &format!("refund/{}", order.id()));
        let lines: Vec<&OrderLine> =
            order.lines().iter().filter(|line| line.item().treatment().is_taxed()).collect();
        let index = random.below(u64::try_from(lines.len()).unwrap_or(0));
        let Some(line) = usize::try_from(index).ok().and_then(|index| lines.get(index)) else {
            return Ok(None);
        };
        let allowance = random.chance(20);
        let pieces = line.quantity().try_into().unwrap_or(1_i64);
        let back = i64::try_from(random.between(1, pieces.unsigned_abs())).unwrap_or(1);
        let (amount, quantity) = match (allowance, back == pieces) {
            (true, _) => (line.payable().fen() / 10, None),
            (false, true) => (line.payable().fen(), Some(line.quantity())),
            (false, false) => (line.payable().fen() * back / pieces, Some(Decimal::from(back))),
        };
        if amount <= 0 {
            return Ok(None);
        }
        let refund = Refund {
            id: RefundId::new(format!("R{}", order.id()))?,
            order: order.id().clone(),
            at: china(date, 15),
            reason: if allowance { RedReason::Allowance } else { RedReason::Returned },
            lines: vec![RefundLine { line: line.id().clone(), amount: Money::from_fen(amount), quantity }],
        };
        Ok(Some(Return { buyer: order.buyer().clone(), refund }))
    }
}

impl Feed for ShopFeed {
    fn next_day(&mut self) -> Result<Option<Day>, FeedError> {
        let (year, month, day) = FIRST_DAY;
        let first = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        let Some(date) = first.checked_add_days(Days::new(u64::from(self.day))) else { return Ok(None) };
        if self.day > DAYS {
            return Ok(None);
        }
        let count = if self.day < DAYS { self.orders_a_day } else { 0 };
        self.day += 1;
        let sales = (1..=count).map(|number| self.sale(date, number)).collect::<Result<Vec<_>, _>>()?;
        let mut returns = Vec::new();
        for sale in &self.yesterday {
            if Random::of(self.seed, &format!("back/{}", sale.order.id())).chance(18) {
                returns.extend(self.give_back(sale, date)?);
            }
        }
        for sale in &sales {
            // Before the evening: applications for special invoices are still waiting for their reviewer.
            if Random::of(self.seed, &format!("back/{}", sale.order.id())).below(100) >= 95 {
                returns.extend(self.give_back(sale, date)?);
            }
        }
        self.tally.lines +=
            sales.iter().map(|sale| u64::try_from(sale.order.lines().len()).unwrap_or_default()).sum::<u64>();
        let refunds = u64::try_from(returns.len()).unwrap_or_default();
        self.tally.orders += u64::from(count);
        self.tally.refunds += refunds;
        self.tally.refunds_matched += refunds;
        self.yesterday.clone_from(&sales);
        Ok(Some(Day { date, sales, returns, digest: self.name() }))
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn position(&self) -> (u64, u64) {
        (u64::from(self.day), u64::from(DAYS) + 1)
    }

    fn name(&self) -> String {
        format!("shop, seed {}, {} orders a day", self.seed, self.orders_a_day)
    }
}
