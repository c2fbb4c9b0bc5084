//! What the buyer fills in and keeps: titles and cards.

use serde_json::{Value, json};

use super::super::server::Arrived;
use super::desk::Desk;
use super::wire::Said;

impl Desk {
    pub(super) fn title(&self, request: &Arrived) -> Said {
        if !["WITH_WECHATPAY", "WITHOUT_WECHATPAY"].contains(&request.parameter("scene")) {
            return Said::failed(400, "PARAM_ERROR", "scene");
        }
        let Some(mut title) = self.books().titles.get(request.parameter("fapiao_apply_id")).cloned() else {
            return Said::failed(404, "RESOURCE_NOT_EXISTS", "用户未填写");
        };
        for name in ["phone", "email"] {
            if let Some(text) = title.get(name).and_then(Value::as_str) {
                title[name] = json!(self.keys.merchant.seal_field(text));
            }
        }
        Said::ok(&title)
    }

    pub(super) fn insert(&self, request: &Arrived) -> Said {
        let mut body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let needed = [
            "/scene",
            "/buyer_information/type",
            "/buyer_information/name",
            "/fapiao_card_information/0/fapiao_media_id",
            "/fapiao_card_information/0/fapiao_number",
            "/fapiao_card_information/0/fapiao_time",
            "/fapiao_card_information/0/seller_information/taxpayer_id",
            "/fapiao_card_information/0/extra_information/drawer",
        ];
        let filled = |pointer: &&str| {
            body.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        if let Some(missing) = needed.iter().find(|pointer| !filled(pointer)) {
            return Said::failed(400, "PARAM_ERROR", missing);
        }
        for name in ["phone", "email"] {
            let Some(buyer) = body.get_mut("buyer_information") else { continue };
            let Some(sealed) = buyer.get(name).and_then(Value::as_str) else { continue };
            match self.keys.platform.open_field(sealed) {
                Some(plain) => buyer[name] = json!(plain),
                None => return Said::failed(400, "PARAM_ERROR", name),
            }
        }
        self.books().cards.push(body);
        Said::accepted()
    }
}

pub(super) fn title_url(request: &Arrived) -> Said {
    let needed = ["fapiao_apply_id", "source", "appid", "openid", "total_amount"];
    match needed.iter().find(|name| request.parameter(name).is_empty()) {
        Some(missing) => Said::failed(400, "PARAM_ERROR", missing),
        None => Said::ok(&json!({ "title_url": "https://payapp.weixin.qq.com/loopback" })),
    }
}
