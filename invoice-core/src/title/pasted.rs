use invoice_validate::paste::{Confidence, Pasted, PastedField, parse};
use invoice_validate::tax_id;

use super::{BuyerKind, Title};
use crate::error::{Refusal, RefusalCode};

/// A title read from a block of text a buyer pasted (智能识别), for them to look at before it is kept.
///
/// `Debug` shows nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedTitle {
    title: Title,
    read: Pasted,
}

impl PastedTitle {
    /// Reads a block. What has a tax ID or a name that only an organisation bears is a company, anything else a person; the person
    /// who looks at it may say otherwise.
    ///
    /// # Errors
    /// `TITLE-03` when no name is found in it.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let nothing = || Refusal::new(RefusalCode::TitleNotFound);
        let read = parse(text).map_err(|_| nothing())?;
        let name = read.value(PastedField::Name).ok_or_else(nothing)?;
        let own = |field| read.value(field).map(str::to_owned);
        let organisation = read
            .value(PastedField::TaxId)
            .is_some_and(|number| tax_id::inspect(number).kind != invoice_validate::TaxIdKind::ResidentId)
            || ["公司", "厂", "店", "中心", "学校", "医院", "大学", "事务所", "合作社", "委员会"]
                .iter()
                .any(|ending| name.ends_with(ending));
        let title = Title {
            kind: if organisation { BuyerKind::Company } else { BuyerKind::Person },
            name: name.to_owned(),
            tax_id: own(PastedField::TaxId),
            address: own(PastedField::Address),
            phone: own(PastedField::Phone).or_else(|| own(PastedField::Mobile)),
            bank: own(PastedField::Bank),
            account: own(PastedField::Account),
        };
        Ok(Self { title, read })
    }

    /// The title as it was read; nothing is corrected silently.
    #[must_use]
    pub const fn title(&self) -> &Title {
        &self.title
    }

    /// Where each field was found, how sure it is, and corrections to propose.
    #[must_use]
    pub const fn read_from(&self) -> &Pasted {
        &self.read
    }

    /// Fields a person should look at: guessed, or with a correction to propose.
    pub fn doubtful(&self) -> impl Iterator<Item = PastedField> + '_ {
        PastedField::ALL.into_iter().filter(|field| {
            self.read.get(*field).is_some_and(|found| {
                found.confidence == Confidence::Low || found.correction.is_some() || !found.report.is_valid()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_block_becomes_a_title_of_the_right_sort() {
        let block =
            "名称：华为技术有限公司 税号：914403001922038216\n地址电话：深圳市龙岗区坂田 0755-28780808";
        let pasted = PastedTitle::read(block).unwrap();
        assert_eq!(pasted.title().kind(), BuyerKind::Company);
        assert_eq!(pasted.title().name(), "华为技术有限公司");
        assert_eq!(pasted.title().tax_id(), Some("914403001922038216"));
        assert_eq!(pasted.title().phone(), Some("0755-28780808"));
        assert_eq!(pasted.doubtful().count(), 0);
        assert_eq!(PastedTitle::read("抬头：张三").unwrap().title().kind(), BuyerKind::Person);
        assert_eq!(PastedTitle::read("抬头：朝阳区第一小学校").unwrap().title().kind(), BuyerKind::Company);
    }

    #[test]
    fn a_slip_is_left_as_it_is_and_named() {
        let pasted = PastedTitle::read("华为技术有限公司 税号 91440300192203821O").unwrap();
        assert_eq!(pasted.title().tax_id(), Some("91440300192203821O"));
        assert!(pasted.doubtful().any(|field| field == PastedField::TaxId));
    }

    #[test]
    fn a_block_without_a_name_is_refused() {
        for nothing in ["", "   ", "0755-28780808"] {
            let refused = PastedTitle::read(nothing).unwrap_err();
            assert_eq!(refused.code(), RefusalCode::TitleNotFound, "{nothing}");
        }
    }
}
