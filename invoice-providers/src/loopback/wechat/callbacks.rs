//! What the service sends by itself.

use serde_json::{Value, json};

use super::desk::Desk;
use super::keys::seal;
use super::wire::signed;
use super::{Callback, WechatLoopback};

const ASSOCIATED: &str = "fapiao";

impl Desk {
    pub(super) async fn callbacks(&self) -> Vec<Callback> {
        let keys: Vec<String> = self.books().orders.keys().cloned().collect();
        let mut sent = Vec::new();
        for key in keys {
            let Ok(Some(record)) = self.record(&key, None).await else { continue };
            let status = record.get("status").and_then(Value::as_str).unwrap_or_default();
            let event = match status {
                "ISSUED" | "ISSUE_FAILED" => "FAPIAO.ISSUED",
                "REVERSED" | "REVERSE_FAILED" => "FAPIAO.REVERSED",
                _ => continue,
            };
            let plain = json!({
                "mchid": WechatLoopback::MCHID, "fapiao_apply_id": key, "apply_time": self.now().to_rfc3339(),
                "fapiao_information": [{ "fapiao_id": key, "fapiao_status": status }],
            });
            sent.push(self.callback(event, &plain));
        }
        sent
    }

    pub(super) fn callback(&self, event: &str, plain: &Value) -> Callback {
        let id = self.next_nonce();
        let nonce: String = id.chars().rev().take(12).collect();
        let sealed = seal(WechatLoopback::API_KEY, &nonce, ASSOCIATED, &plain.to_string());
        let body = json!({
            "id": id, "create_time": self.now().to_rfc3339(), "resource_type": "encrypt-resource",
            "event_type": event, "summary": "电子发票",
            "resource": {
                "original_type": "fapiao", "algorithm": "AEAD_AES_256_GCM", "nonce": nonce,
                "associated_data": ASSOCIATED, "ciphertext": sealed.unwrap_or_default(),
            },
        });
        let body = body.to_string();
        let headers = signed((WechatLoopback::PLATFORM_KEY, &self.keys.platform), self.now(), &id, &body);
        (headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), body.into_bytes())
    }
}
