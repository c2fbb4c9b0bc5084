use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a webhook may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public addresses only. Whoever may set the address of a webhook could otherwise have the desk knock at machines
    /// behind the shop's firewall.
    #[default]
    Public,
    /// Anywhere: the shop's own machines, tests.
    Anywhere,
}

/// Whether an address belongs to the public internet: not this machine, not a private, shared, link-local, documentation,
/// benchmark, multicast or reserved network (IANA special-purpose registries, 2024-10). An IPv6 address that carries an
/// IPv4 one is as public as that.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, ..] = address.segments();
    let [.., y, z] = address.segments();
    let embedded = || {
        let [high, low] = [y.to_be_bytes(), z.to_be_bytes()];
        Ipv4Addr::new(high[0], high[1], low[0], low[1])
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if a == 0x64 && b == 0xff9b && c == 0 {
        return is_public_v4(embedded());
    }
    if a == 0x2002 {
        let ([p, q], [r, s]) = (b.to_be_bytes(), c.to_be_bytes());
        return is_public_v4(Ipv4Addr::new(p, q, r, s));
    }
    // Global unicast is 2000::/3; of it, documentation and the protocol blocks are not.
    (a & 0xe000) == 0x2000 && !(a == 0x2001 && (b == 0xdb8 || b < 0x200)) && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_told_from_public_ones_in_every_disguise() {
        for (address, want) in [
            ("1.1.1.1", true),
            ("100.63.255.255", true),
            ("223.255.255.255", true),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("10.1.2.3", false),
            ("172.31.0.1", false),
            ("192.168.0.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("198.18.0.1", false),
            ("192.0.0.8", false),
            ("203.0.113.9", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700:4700::1111", true),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:1.1.1.1", true),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::1.1.1.1", true),
            ("2002:0a00:0001::1", false),
            ("2002:0101:0101::1", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), want, "{address}");
        }
    }
}
